import type { Span } from '../../otlp/messages.js';
import { fromKeyValues, type Value } from '../../otlp/values.js';
import { ATTR } from '../../semconv.js';
import { clean } from './text.js';

/** What the waterfall needs of a span and nothing more: it is kept in memory. Every text is already cleaned. */
export interface ViewSpan {
  traceId: string;
  spanId: string;
  parentId: string | undefined;
  /** The parent is in another process, by the span's own word. */
  remoteParent: boolean;
  name: string;
  service: string;
  start: bigint;
  end: bigint;
  failed: boolean;
  /** `TypeError: x is not a function`, or the status' message. */
  failure: string | undefined;
  /** Only on task spans. */
  task: { outcome: string; busyMs: number | undefined } | undefined;
  /** Creation site, `file:line`. */
  site: string | undefined;
  /** What the span talked to, where it has no site. */
  peer: string | undefined;
  notes: string[];
  /** `async.trace.detail` */
  detail: string | undefined;
}

const HAS_IS_REMOTE = 0x100;
const IS_REMOTE = 0x200;
const STATUS_ERROR = 2;
const NOTES = 3;
/** More than any column has room for. */
const NAME_LIMIT = 120;

/** `undefined` for a span without valid ids. */
export function viewSpan(span: Span, service: string): ViewSpan | undefined {
  const { traceId = '', spanId = '', flags = 0 } = span;
  if (!validId(traceId, 32) || !validId(spanId, 16)) return undefined;
  const attributes = fromKeyValues(span.attributes);
  const failed = span.status?.code === STATUS_ERROR;
  const outcome = text(attributes.get(ATTR.TASK_OUTCOME));
  return {
    traceId,
    spanId,
    parentId: validId(span.parentSpanId ?? '', 16) ? span.parentSpanId : undefined,
    remoteParent: (flags & HAS_IS_REMOTE) !== 0 && (flags & IS_REMOTE) !== 0,
    name: clean(span.name ?? '', NAME_LIMIT) || '(no name)',
    service,
    start: span.startTimeUnixNano ?? 0n,
    end: span.endTimeUnixNano ?? 0n,
    failed,
    failure: failed ? failureOf(span, attributes) : undefined,
    task:
      outcome === undefined && !attributes.has(ATTR.TASK_ID)
        ? undefined
        : { outcome: outcome ?? '', busyMs: seconds(attributes.get(ATTR.TASK_BUSY_TIME)) },
    site: siteOf(attributes),
    peer: peerOf(attributes),
    notes: notesOf(span, failed),
    detail: text(attributes.get(ATTR.TRACE_DETAIL)),
  };
}

export function siteOf(attributes: ReadonlyMap<string, Value>): string | undefined {
  const file = text(attributes.get(ATTR.CODE_FILE_PATH));
  if (file === undefined) return undefined;
  const line = attributes.get(ATTR.CODE_LINE_NUMBER);
  return typeof line === 'number' ? `${file}:${line}` : file;
}

function peerOf(attributes: ReadonlyMap<string, Value>): string | undefined {
  const address = text(attributes.get('server.address'));
  const port = attributes.get('server.port');
  const path = text(attributes.get('url.path')) ?? pathOf(text(attributes.get('url.full')));
  const host = address === undefined ? '' : typeof port === 'number' ? `${address}:${port}` : address;
  const database = text(attributes.get('db.system.name')) ?? text(attributes.get('db.system'));
  return [database, host + (path ?? '')].filter(Boolean).join(' ') || undefined;
}

function pathOf(url: string | undefined): string | undefined {
  return url === undefined ? undefined : URL.canParse(url) ? new URL(url).pathname : undefined;
}

function failureOf(span: Span, attributes: ReadonlyMap<string, Value>): string | undefined {
  const exception = span.events?.find((event) => event.name === 'exception');
  const told = exception === undefined ? attributes : fromKeyValues(exception.attributes);
  const type = text(told.get(ATTR.EXCEPTION_TYPE)) ?? text(attributes.get(ATTR.ERROR_TYPE));
  const message = text(told.get(ATTR.EXCEPTION_MESSAGE)) ?? clean(span.status?.message ?? '');
  if (type === undefined) return message || undefined;
  return message && message !== type ? `${type}: ${message}` : type;
}

function notesOf(span: Span, failed: boolean): string[] {
  // an event that is told as a span of its own says its name twice
  const told = (name?: string) => name === span.name || (failed && name === 'exception');
  const events = (span.events ?? []).filter((event) => !told(event.name));
  const links = span.links ?? [];
  const notes = [
    ...events.slice(0, NOTES).map((event) => clean(event.name ?? '') || '(event)'),
    ...links.slice(0, NOTES).map((link) => `link to trace ${clean(link.traceId ?? '', 32)}`),
  ];
  const more = events.length + links.length - notes.length;
  if (more > 0) notes.push(`${more} more events and links`);
  return notes;
}

function validId(id: string, length: number): boolean {
  return id.length === length && !/^0+$/.test(id);
}

function text(value: Value | undefined): string | undefined {
  return typeof value === 'string' ? clean(value) || undefined : undefined;
}

function seconds(value: Value | undefined): number | undefined {
  return typeof value === 'number' && value >= 0 && Number.isFinite(value) ? value * 1000 : undefined;
}

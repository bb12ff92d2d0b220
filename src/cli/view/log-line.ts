import type { LogRecord } from '../../otlp/messages.js';
import { fromAnyValue, fromKeyValues, type Value } from '../../otlp/values.js';
import { ATTR } from '../../semconv.js';
import { timeOfDay } from './figures.js';
import { glyphs, type Ink, type Look, paint } from './look.js';
import { siteOf } from './span.js';
import { clean, fit, wrap } from './text.js';
import { shortPath } from './where.js';

const WARN = 13;
const ERROR = 17;
const STACK_LINES = 4;
const BODY_LINES = 3;

/** A log record as text: one line, and for an event what it is about below. */
export function logLines(record: LogRecord, service: string, look: Look): string[] {
  const shapes = glyphs(look);
  const attributes = fromKeyValues(record.attributes);
  const event = clean(record.eventName || asText(attributes.get(ATTR.EVENT_NAME)) || '');
  const severity = clean(record.severityText || severityName(record.severityNumber ?? 0), 12);
  const ink = inkOf(record.severityNumber ?? 0);
  const body = clean(bodyText(record));
  const dot = ` ${shapes.dot} `;
  const time = timeOfDay(record.timeUnixNano || record.observedTimeUnixNano || 0n);
  const line = (text: string, color?: Ink) => paint(look, color, fit(text, look.width, shapes.cut));
  if (event === '') return [line(`${time} ${severity}${dot}${service}${dot}${body}`, ink)];
  const lines = [line(`${time} ${severity} ${event}${dot}${service}`, ink)];
  if (body !== '') {
    for (const part of wrap(body, look.width - 2, BODY_LINES, shapes.cut)) lines.push(line(`  ${part}`));
  }
  const site = siteOf(attributes);
  const trace = record.traceId ? `trace ${clean(record.traceId, 32)}` : undefined;
  const facts = [site === undefined ? undefined : `at ${shortPath(site, look.cwd)}`, trace].filter(Boolean);
  if (facts.length > 0) lines.push(line(`  ${facts.join(dot)}`, 'dim'));
  for (const frame of stackOf(attributes)) lines.push(line(`    ${frame}`, 'dim'));
  return lines;
}

function bodyText(record: LogRecord): string {
  const body = fromAnyValue(record.body);
  if (typeof body === 'string') return body;
  if (body === null) return '';
  return JSON.stringify(body, (_, value) => (typeof value === 'bigint' ? String(value) : value));
}

function stackOf(attributes: ReadonlyMap<string, Value>): string[] {
  const stack = asText(attributes.get(ATTR.EXCEPTION_STACKTRACE)) ?? '';
  const frames = stack.split('\n', 200).filter((frame) => /^\s+at /.test(frame));
  const own = frames.filter((frame) => !/\bnode:|node_modules/.test(frame));
  return (own.length > 0 ? own : frames).slice(0, STACK_LINES).map((frame) => clean(frame));
}

function asText(value: Value | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function inkOf(severity: number): Ink | undefined {
  if (severity >= ERROR) return 'red';
  return severity >= WARN ? 'yellow' : undefined;
}

function severityName(severity: number): string {
  const names = ['LOG', 'TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'];
  return names[Math.min(6, Math.max(0, Math.ceil(severity / 4)))] as string;
}

import type { Attributes, HrTime, Link, Span, SpanContext, SpanStatus } from '@opentelemetry/api';
import type { Span as OtlpSpan, ScopeSpans } from '../../otlp/messages.js';
import { toKeyValues, type Value } from '../../otlp/values.js';
import { ATTR } from '../../semconv.js';
import type { PlainAttributes } from '../protocol.js';
import { attributesOf, plainAttributes, type SdkResource } from './resource.js';
import { hrNanos } from './sdk-time.js';

/** The public fields of the SDK's spans that we read; all of them may be absent in another SDK. */
interface Readable {
  name?: string;
  kind?: number;
  parentSpanContext?: SpanContext;
  parentSpanId?: string;
  startTime?: HrTime;
  endTime?: HrTime;
  status?: SpanStatus;
  attributes?: Attributes;
  links?: Link[];
  events?: { name: string; time: HrTime; attributes?: Attributes; droppedAttributesCount?: number }[];
  resource?: SdkResource;
  instrumentationScope?: { name: string; version?: string };
  droppedAttributesCount?: number;
  droppedEventsCount?: number;
  droppedLinksCount?: number;
}

const REMOTE_KNOWN = 0x100;
const REMOTE = 0x200;

/** Spans as they would have been exported. One that is still open ends now and says that it was cut off. */
export function spansToOtlp(ended: readonly Span[], open: readonly Span[], now: bigint): ScopeSpans[] {
  const scopes = new Map<string, ScopeSpans & { spans: OtlpSpan[] }>();
  const add = (span: Span, cutOffAt: bigint | undefined) => {
    const { instrumentationScope: scope } = span as unknown as Readable;
    const key = `${scope?.name}\n${scope?.version}`;
    const group = scopes.get(key) ?? {
      scope: { name: scope?.name ?? '', version: scope?.version },
      spans: [],
    };
    scopes.set(key, group);
    group.spans.push(toOtlp(span, cutOffAt));
  };
  for (const span of ended) add(span, undefined);
  for (const span of open) add(span, now);
  return [...scopes.values()];
}

export function resourceOf(span: Span | undefined): PlainAttributes | undefined {
  const { resource } = (span ?? {}) as unknown as Readable;
  return plainAttributes(resource && attributesOf(resource));
}

function toOtlp(span: Span, cutOffAt: bigint | undefined): OtlpSpan {
  const context = span.spanContext();
  const readable = span as unknown as Readable;
  const attributes = toKeyValues((readable.attributes ?? {}) as Record<string, Value>);
  if (cutOffAt !== undefined) attributes.push({ key: ATTR.SPAN_CUT_OFF, value: { boolValue: true } });
  const start = (readable.startTime && hrNanos(readable.startTime)) ?? cutOffAt;
  const { status } = readable;
  return {
    traceId: context.traceId,
    spanId: context.spanId,
    traceState: context.traceState?.serialize(),
    parentSpanId: readable.parentSpanContext?.spanId ?? readable.parentSpanId,
    flags: context.traceFlags | REMOTE_KNOWN | (readable.parentSpanContext?.isRemote ? REMOTE : 0),
    name: readable.name,
    kind: (readable.kind ?? 0) + 1,
    startTimeUnixNano: start,
    endTimeUnixNano: cutOffAt ?? (readable.endTime && hrNanos(readable.endTime)) ?? start,
    attributes,
    droppedAttributesCount: readable.droppedAttributesCount,
    events: readable.events?.map((event) => ({
      name: event.name,
      timeUnixNano: hrNanos(event.time),
      attributes: toKeyValues((event.attributes ?? {}) as Record<string, Value>),
    })),
    droppedEventsCount: readable.droppedEventsCount,
    links: readable.links?.map((link) => ({
      traceId: link.context.traceId,
      spanId: link.context.spanId,
      attributes: toKeyValues((link.attributes ?? {}) as Record<string, Value>),
    })),
    droppedLinksCount: readable.droppedLinksCount,
    status: status && { code: status.code, message: status.message },
  };
}

import { randomBytes } from 'node:crypto';
import type { Span as OtlpSpan } from '../../otlp/messages.js';
import { toKeyValues, toNanos } from '../../otlp/values.js';
import type { TraceIdentity } from '../../types.js';
import type { TimelineSpan } from './timeline.js';

const SAMPLED = 1;
const INTERNAL = 1;
const ERROR = 2;

/** A timeline for the wire: below `parent` where that is a recorded span, else a trace of its own. */
export function timelineToOtlp(timeline: TimelineSpan, parent: TraceIdentity | undefined): OtlpSpan[] {
  const above = parent && (parent.traceFlags & SAMPLED) !== 0 ? parent : undefined;
  const traceId = above?.traceId ?? randomBytes(16).toString('hex');
  const spans: OtlpSpan[] = [];
  const add = (piece: TimelineSpan, parentSpanId: string | undefined): void => {
    const spanId = randomBytes(8).toString('hex');
    spans.push({
      traceId,
      spanId,
      parentSpanId,
      flags: SAMPLED,
      name: piece.name,
      kind: INTERNAL,
      startTimeUnixNano: toNanos(piece.startMs),
      endTimeUnixNano: toNanos(piece.endMs),
      attributes: toKeyValues(piece.attributes),
      events: piece.events.map(({ name, atMs, attributes }) => ({
        name,
        timeUnixNano: toNanos(atMs),
        attributes: toKeyValues(attributes),
      })),
      ...(piece.failed && { status: { code: ERROR } }),
    });
    for (const child of piece.children) add(child, spanId);
  };
  add(timeline, above?.spanId);
  return spans;
}

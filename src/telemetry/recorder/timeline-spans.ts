import { type Attributes, ROOT_CONTEXT, type Span, SpanStatusCode, trace } from '@opentelemetry/api';
import { asSelf } from '../../base/self.js';
import { SCOPE } from '../../semconv.js';
import type { TraceIdentity } from '../../types.js';
import { VERSION } from '../../version.js';
import type { OtelAccess } from '../otel-access.js';
import { hrTimeOfEpochMs } from '../spans/hr-time.js';
import type { TimelineSpan } from './timeline.js';

/** Sends a timeline through the application's own tracer. Gives its trace; `undefined` where there is no tracer. */
export function sendTimeline(
  otel: OtelAccess,
  timeline: TimelineSpan,
  parent: TraceIdentity | undefined,
): string | undefined {
  const tracer = otel.tracerProvider()?.getTracer(SCOPE, VERSION);
  if (tracer === undefined) return undefined;
  const write = (piece: TimelineSpan, above: TraceIdentity | undefined): Span => {
    const context = above ? trace.setSpanContext(ROOT_CONTEXT, above) : ROOT_CONTEXT;
    const options = {
      startTime: hrTimeOfEpochMs(piece.startMs),
      attributes: piece.attributes as Attributes,
    };
    const span = tracer.startSpan(piece.name, options, context);
    for (const { name, atMs, attributes } of piece.events) {
      span.addEvent(name, attributes as Attributes, hrTimeOfEpochMs(atMs));
    }
    if (piece.failed) span.setStatus({ code: SpanStatusCode.ERROR });
    for (const child of piece.children) write(child, span.spanContext());
    span.end(hrTimeOfEpochMs(piece.endMs));
    return span;
  };
  return asSelf(() => write(timeline, parent).spanContext().traceId);
}

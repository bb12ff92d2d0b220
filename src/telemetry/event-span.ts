import { type Attributes, type Context, ROOT_CONTEXT, type TimeInput, trace } from '@opentelemetry/api';
import { attempt } from '../base/guard.js';
import { asSelf } from '../base/self.js';
import { SCOPE } from '../semconv.js';
import type { EventRecord } from '../types.js';
import { VERSION } from '../version.js';
import type { OtelAccess } from './otel-access.js';

/** Jaeger takes a span without width for one of negative duration, and says so. */
const SHORTEST_MS = 0.001;

/**
 * Shows an event of the past `durationMs` in its trace, for backends that have nothing else: on the span that is active
 * while that is open, else as a span of its own, named after the event. Never throws.
 */
export function addEventToTrace(
  otel: OtelAccess,
  context: Context | undefined,
  released: EventRecord,
  durationMs: number,
): void {
  attempt(`a span for ${released.eventName}`, () =>
    asSelf(() => {
      const active = context && trace.getSpan(context);
      if (active?.isRecording()) {
        active.addEvent(released.eventName, released.attributes as Attributes, released.timeMs);
      } else {
        const startMs = released.timeMs - Math.max(SHORTEST_MS, durationMs);
        startOwn(otel, released, startMs, released.timeMs);
      }
    }),
  );
}

/** The event as a span of its own in its trace. */
export function startOwn(
  otel: OtelAccess,
  released: EventRecord,
  startTime: TimeInput,
  endTime: TimeInput,
): void {
  const tracer = otel.tracerProvider()?.getTracer(SCOPE, VERSION);
  if (tracer === undefined) return;
  const parent = released.trace ? trace.setSpanContext(ROOT_CONTEXT, released.trace) : ROOT_CONTEXT;
  const span = tracer.startSpan(released.eventName, { startTime, attributes: released.attributes }, parent);
  span.addEvent(released.eventName, {}, endTime);
  span.end(endTime);
}

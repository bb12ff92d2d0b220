import {
  type Attributes,
  type Context,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { warnOnce } from '../../base/guard.js';
import { asSelf } from '../../base/self.js';
import { describeThrown } from '../../base/thrown.js';
import { ATTR, SCOPE } from '../../semconv.js';
import type { ErrorOrigin, EventRecord, TraceIdentity } from '../../types.js';
import { VERSION } from '../../version.js';
import type { OtelAccess } from '../otel-access.js';

/** The span a context is in, and its identity. */
export function spanOf(context: Context | undefined): Span | undefined {
  try {
    return context && trace.getSpan(context);
  } catch {
    return undefined;
  }
}

export function identityOf(span: Span | undefined): TraceIdentity | undefined {
  const spanContext = span?.spanContext();
  if (spanContext === undefined || !trace.isSpanContextValid(spanContext)) return undefined;
  const { traceId, spanId, traceFlags } = spanContext;
  return { traceId, spanId, traceFlags };
}

/**
 * Shows an error in its trace, for backends that know nothing but traces: as an event of the span, which gets the
 * status ERROR, while that is open; else as a span of its own. Never throws.
 */
export function addToTrace(
  otel: OtelAccess,
  span: Span | undefined,
  released: EventRecord,
  origin: ErrorOrigin,
): void {
  try {
    asSelf(() => {
      if (span?.isRecording()) mark(span, released);
      else startOwn(otel, released, origin);
    });
  } catch (error) {
    const { type, message } = describeThrown(error);
    warnOnce('span event', `an error could not be added to its trace: ${type} ${message}`);
  }
}

function startOwn(otel: OtelAccess, released: EventRecord, origin: ErrorOrigin): void {
  const tracer = otel.tracerProvider()?.getTracer(SCOPE, VERSION);
  if (tracer === undefined) return;
  const parent = released.trace
    ? trace.setSpanContext(ROOT_CONTEXT, released.trace as SpanContext)
    : ROOT_CONTEXT;
  const attributes: Attributes = {};
  for (const key of ON_SPAN) {
    const value = released.attributes[key];
    if (value !== undefined) attributes[key] = value;
  }
  const name = origin === 'unhandled_rejection' ? 'unhandled rejection' : 'uncaught exception';
  const own = tracer.startSpan(name, { startTime: released.timeMs, attributes }, parent);
  mark(own, released);
  own.end(released.timeMs + OWN_SPAN_MS);
}

/** Jaeger takes a span without width for one of negative duration, and says so. */
const OWN_SPAN_MS = 0.001;

const ON_SPAN = [
  ATTR.ERROR_TYPE,
  ATTR.ERROR_ORIGIN,
  ATTR.CODE_FUNCTION_NAME,
  ATTR.CODE_FILE_PATH,
  ATTR.CODE_LINE_NUMBER,
  ATTR.CODE_COLUMN_NUMBER,
];

function mark(span: Span, released: EventRecord): void {
  span.addEvent(released.eventName, released.attributes as Attributes, released.timeMs);
  span.setStatus({ code: SpanStatusCode.ERROR, message: released.body });
}

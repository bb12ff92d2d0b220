import { type Context, isSpanContextValid, trace } from '@opentelemetry/api';
import type { TraceIdentity } from '../types.js';

/** The identity of a context's span, without the span. */
export function spanIdentity(context: Context | undefined): TraceIdentity | undefined {
  const span = context && trace.getSpanContext(context);
  if (span === undefined || !isSpanContextValid(span)) return undefined;
  const { traceId, spanId, traceFlags } = span;
  return { traceId, spanId, traceFlags };
}

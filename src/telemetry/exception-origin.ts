import type { Context } from '@opentelemetry/api';
import { describeThrown, read, type ThrownDescription } from '../base/thrown.js';
import { originOf } from '../tasks/sites/user-code.js';
import type { CodeLocation } from '../types.js';

/** The SDK's own key; the API makes context keys with `Symbol.for`. */
const SUPPRESS_TRACING = Symbol.for('OpenTelemetry SDK Context Key SUPPRESS_TRACING');
const EXPORTER_ERROR = /^OTLP\w*Error$/;
/** Stand between the application and its libraries, in stacks of errors that are not theirs. */
const PASSED_THROUGH = /[\\/]@opentelemetry[\\/](instrumentation|api|context-|auto-)/;

/**
 * Whether an error was born in OpenTelemetry's packages or in ours: a collector that refuses must not become an error
 * of the application, and its record the next thing to fail. An instrumentation on the stack of a failing query is no
 * birth, unless it stands on top of it.
 */
export function isOwnError(
  error: unknown,
  description: ThrownDescription,
  frames: readonly CodeLocation[],
  context: Context | undefined,
): boolean {
  if (EXPORTER_ERROR.test(description.type)) return true;
  let onTop = true;
  for (const { file } of frames) {
    const origin = originOf(file);
    if (origin === 'node' || origin === 'builtin') continue;
    if (origin === 'user') return false;
    if (origin === 'self' || (origin === 'opentelemetry' && (onTop || !PASSED_THROUGH.test(file))))
      return true;
    onTop = false;
  }
  // a socket's own error has no frame but Node's: exporters work in a context in which tracing is suppressed
  if (description.isError && isSuppressed(context)) return true;
  return EXPORTER_ERROR.test(describeThrown(read(error, 'cause')).type);
}

function isSuppressed(context: Context | undefined): boolean {
  try {
    return context?.getValue(SUPPRESS_TRACING) === true;
  } catch {
    return false;
  }
}

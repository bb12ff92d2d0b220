import type { Context } from '@opentelemetry/api';
import { describeThrown, membersOf, type ThrownDescription } from '../base/thrown.js';
import type { ExporterErrors } from '../probes/exporter-errors.js';
import { parseStack } from '../tasks/sites/stack-text.js';
import { originOf } from '../tasks/sites/user-code.js';

/** The SDK's own key; the API makes context keys with `Symbol.for`. */
const SUPPRESS_TRACING = Symbol.for('OpenTelemetry SDK Context Key SUPPRESS_TRACING');
const EXPORTER_ERROR = /^OTLP\w*Error$/;
/** Stand between the application and its libraries, in stacks of errors that are not theirs. */
const PASSED_THROUGH = /[\\/]@opentelemetry[\\/](instrumentation|api|context-|auto-)/;

/**
 * Whether an error was born in OpenTelemetry's packages or in ours: a collector that refuses must not become an error
 * of the application, and its record the next thing to fail. `forceFlush()` rejects with an array of such errors.
 */
export function isOwnError(
  error: unknown,
  thrown: ThrownDescription,
  context: Context | undefined,
  exporterErrors: ExporterErrors,
): boolean {
  if (isBornInside(error, thrown, exporterErrors)) return true;
  // a socket's own error has no frame but Node's: exporters work in a context in which tracing is suppressed
  if (thrown.isError && !hasUserFrame(thrown) && isSuppressed(context)) return true;
  const members = membersOf(error);
  return (
    members.length > 0 &&
    members.every((member) => isBornInside(member, describeThrown(member), exporterErrors))
  );
}

/** An instrumentation on the stack of a failing query is no birth, unless it stands on top of it. */
function isBornInside(error: unknown, thrown: ThrownDescription, exporterErrors: ExporterErrors): boolean {
  if (EXPORTER_ERROR.test(thrown.type) || exporterErrors.has(error)) return true;
  let onTop = true;
  for (const { file } of framesOf(thrown)) {
    const origin = originOf(file);
    if (origin === 'node' || origin === 'builtin') continue;
    if (origin === 'user') return false;
    if (origin === 'self' || (origin === 'opentelemetry' && (onTop || !PASSED_THROUGH.test(file))))
      return true;
    onTop = false;
  }
  return false;
}

function hasUserFrame(thrown: ThrownDescription): boolean {
  return framesOf(thrown).some(({ file }) => originOf(file) === 'user');
}

function framesOf(thrown: ThrownDescription) {
  return parseStack(thrown.frames.join('\n'));
}

function isSuppressed(context: Context | undefined): boolean {
  try {
    return context?.getValue(SUPPRESS_TRACING) === true;
  } catch {
    return false;
  }
}

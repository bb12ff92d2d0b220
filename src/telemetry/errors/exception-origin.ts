import type { Context } from '@opentelemetry/api';
import { describeThrown, membersOf, type ThrownDescription } from '../../base/thrown.js';
import type { ExporterErrors } from '../../probes/exporter-errors.js';
import { throwPlaceOf } from './throw-place.js';

/** The SDK's own key; the API makes context keys with `Symbol.for`. */
const SUPPRESS_TRACING = Symbol.for('OpenTelemetry SDK Context Key SUPPRESS_TRACING');
const EXPORTER_ERROR = /^OTLP\w*Error$/;

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
  if (thrown.isError && throwPlaceOf(thrown).nodeAlone && isSuppressed(context)) return true;
  const members = membersOf(error);
  return (
    members.length > 0 &&
    members.every((member) => isBornInside(member, describeThrown(member), exporterErrors))
  );
}

function isBornInside(error: unknown, thrown: ThrownDescription, exporterErrors: ExporterErrors): boolean {
  return EXPORTER_ERROR.test(thrown.type) || exporterErrors.has(error) || throwPlaceOf(thrown).isOwn;
}

function isSuppressed(context: Context | undefined): boolean {
  try {
    return context?.getValue(SUPPRESS_TRACING) === true;
  } catch {
    return false;
  }
}

import { ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { warnOnce } from '../base/guard.js';
import { asSelf } from '../base/self.js';
import { describeThrown } from '../base/thrown.js';
import type { Redact } from '../config/options.js';
import { ATTR, SCOPE } from '../semconv.js';
import type { EventRecord } from '../types.js';
import { VERSION } from '../version.js';
import type { OtelAccess } from './otel-access.js';
import { release } from './redaction.js';
import { SeverityNumber } from './severity.js';

/** The one way out for events: redaction, then the logger of the moment. Gives what left. Never throws. */
export function emitEvent(
  otel: OtelAccess,
  redact: Redact | undefined,
  record: EventRecord,
): EventRecord | undefined {
  const released = release(redact, record);
  if (released !== undefined) log(otel, released);
  return released;
}

/** Sends a record that `release` has let go. False where there is no logger provider yet. Never throws. */
export function log(otel: OtelAccess, released: EventRecord): boolean {
  try {
    return asSelf(() => {
      const logger = otel.loggerProvider()?.getLogger(SCOPE, VERSION);
      if (logger === undefined) return false;
      const timestamp = new Date(released.timeMs);
      logger.emit({
        eventName: released.eventName,
        timestamp,
        // where the sidecar sends the same record again, both are alike
        observedTimestamp: timestamp,
        severityNumber: SeverityNumber[released.severity],
        severityText: released.severity,
        body: released.body,
        attributes: { ...released.attributes, [ATTR.EVENT_NAME]: released.eventName },
        context: released.trace ? trace.setSpanContext(ROOT_CONTEXT, released.trace) : ROOT_CONTEXT,
      });
      return true;
    });
  } catch (error) {
    const { type, message } = describeThrown(error);
    warnOnce('emit', `a log record could not be emitted: ${type} ${message}`);
    return true;
  }
}

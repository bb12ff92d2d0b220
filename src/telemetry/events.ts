import { ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { warnOnce } from '../base/guard.js';
import { asSelf } from '../base/self.js';
import type { Redact } from '../config/options.js';
import { ATTR, SCOPE } from '../semconv.js';
import type { EventRecord } from '../types.js';
import { VERSION } from '../version.js';
import type { OtelAccess } from './otel-access.js';
import { SeverityNumber } from './severity.js';

/** The one way out for events: redaction, then the logger of the moment. Gives what left. Never throws. */
export function emitEvent(
  otel: OtelAccess,
  redact: Redact | undefined,
  record: EventRecord,
): EventRecord | undefined {
  const released = redacted(redact, record);
  if (released === undefined) return undefined;
  try {
    asSelf(() => {
      const logger = otel.loggerProvider()?.getLogger(SCOPE, VERSION);
      logger?.emit({
        eventName: released.eventName,
        timestamp: new Date(released.timeMs),
        severityNumber: SeverityNumber[released.severity],
        severityText: released.severity,
        body: released.body,
        attributes: { ...released.attributes, [ATTR.EVENT_NAME]: released.eventName },
        context: released.trace ? trace.setSpanContext(ROOT_CONTEXT, released.trace) : ROOT_CONTEXT,
      });
    });
  } catch (error) {
    warnOnce('emit', `a log record could not be emitted: ${String(error)}`);
  }
  return released;
}

function redacted(redact: Redact | undefined, record: EventRecord): EventRecord | undefined {
  if (redact === undefined) return record;
  try {
    return redact(record) ?? undefined;
  } catch {
    warnOnce('redact', '`redact` threw; the record went without its message.');
    return { ...record, body: record.eventName };
  }
}

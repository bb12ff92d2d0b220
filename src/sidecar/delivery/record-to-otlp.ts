import type { LogRecord } from '../../otlp/messages.js';
import { toKeyValues, toNanos } from '../../otlp/values.js';
import { ATTR } from '../../semconv.js';
import { SeverityNumber } from '../../telemetry/severity.js';
import type { EventRecord } from '../../types.js';

export function toLogRecord(record: EventRecord): LogRecord {
  const { trace } = record;
  return {
    timeUnixNano: toNanos(record.timeMs),
    observedTimeUnixNano: toNanos(record.timeMs),
    severityNumber: SeverityNumber[record.severity],
    severityText: record.severity,
    body: { stringValue: record.body },
    eventName: record.eventName,
    attributes: toKeyValues({ ...record.attributes, [ATTR.EVENT_NAME]: record.eventName }),
    ...(trace && { traceId: trace.traceId, spanId: trace.spanId, flags: trace.traceFlags }),
  };
}

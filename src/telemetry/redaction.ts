import { warnOnce } from '../base/guard.js';
import { asSelf } from '../base/self.js';
import { read } from '../base/thrown.js';
import type { Redact } from '../config/options.js';
import { ATTR } from '../semconv.js';
import type { EventRecord, TraceIdentity } from '../types.js';
import { SeverityNumber } from './severity.js';

type AttributeValue = EventRecord['attributes'][string];

/**
 * What may leave of a record; `undefined` where `redact` returned `null`. Where it throws or returns what is no
 * record, `bare` leaves instead, which must hold no message. Called once for each record. Never throws.
 */
export function release(
  redact: Redact | undefined,
  record: EventRecord,
  bare: () => EventRecord = () => withoutMessage(record),
): EventRecord | undefined {
  if (redact === undefined) return record;
  // made before `redact` can change the record
  const fallback = bare();
  let answer: unknown;
  try {
    answer = asSelf(() => redact(record));
  } catch {
    warnOnce('redact threw', '`redact` threw; the record went without its message.');
    return fallback;
  }
  if (answer === null) return undefined;
  const released = checked(answer);
  if (released !== undefined) return released;
  swallow(answer);
  warnOnce(
    'redact rubbish',
    '`redact` must return a record, or `null` to drop it, synchronously; the record went without its message.',
  );
  return fallback;
}

/** For events whose messages are only in these places. */
function withoutMessage(record: EventRecord): EventRecord {
  const attributes = { ...record.attributes };
  delete attributes[ATTR.EXCEPTION_MESSAGE];
  delete attributes[ATTR.EXCEPTION_STACKTRACE];
  return {
    ...record,
    attributes,
    body: `${record.eventName}; its text was withheld, because redact failed.`,
  };
}

/** A copy of what has the form of a record, read once; `undefined` for anything else. */
function checked(answer: unknown): EventRecord | undefined {
  if (typeof answer !== 'object' || answer === null) return undefined;
  const eventName = read(answer, 'eventName');
  const body = read(answer, 'body');
  const severity = read(answer, 'severity');
  const timeMs = read(answer, 'timeMs');
  const attributes = attributesOf(read(answer, 'attributes'));
  if (typeof eventName !== 'string' || typeof body !== 'string' || attributes === undefined) return undefined;
  if (typeof severity !== 'string' || !Object.hasOwn(SeverityNumber, severity)) return undefined;
  if (typeof timeMs !== 'number' || !Number.isFinite(timeMs)) return undefined;
  const released: EventRecord = {
    eventName,
    body,
    severity: severity as EventRecord['severity'],
    timeMs,
    attributes,
  };
  const trace = traceOf(read(answer, 'trace'));
  if (trace) released.trace = trace;
  return released;
}

/** Values of other types are left out: an exporter might fail on them, and with it the whole batch. */
function attributesOf(value: unknown): Record<string, AttributeValue> | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  try {
    const attributes: Record<string, AttributeValue> = {};
    for (const [key, item] of Object.entries(value)) {
      if (typeof item === 'string' || typeof item === 'number' || typeof item === 'boolean') {
        attributes[key] = item;
      } else if (Array.isArray(item) && item.every((one) => typeof one === 'string')) {
        attributes[key] = [...item];
      }
    }
    return attributes;
  } catch {
    return undefined;
  }
}

function traceOf(value: unknown): TraceIdentity | undefined {
  const traceId = read(value, 'traceId');
  const spanId = read(value, 'spanId');
  const traceFlags = read(value, 'traceFlags');
  if (typeof traceId !== 'string' || typeof spanId !== 'string') return undefined;
  return { traceId, spanId, traceFlags: typeof traceFlags === 'number' ? traceFlags : 0 };
}

/** An async `redact` that fails must not become an unhandled rejection of the application's. */
function swallow(answer: unknown): void {
  if (!(answer instanceof Promise)) return;
  Promise.prototype.then.call(
    answer,
    () => {},
    () => {},
  );
}

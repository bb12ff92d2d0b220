import type { HrTime } from '@opentelemetry/api';

const NANOS = 1_000_000_000;
const NANOS_PER_MS = 1_000_000;

/**
 * Turns the monotonic clock into the times of one trace. Each SDK span carries an offset of its own (its start is
 * truncated to whole milliseconds), so times are counted from the trace's root span.
 */
export class TimeAnchor {
  constructor(
    private readonly atMs: number,
    private readonly at: HrTime,
  ) {}

  toHrTime(ms: number): HrTime {
    const nanos = this.at[1] + Math.round((ms - this.atMs) * NANOS_PER_MS);
    const carry = Math.floor(nanos / NANOS);
    return [this.at[0] + carry, nanos - carry * NANOS];
  }

  toMs(time: HrTime): number {
    return this.atMs + (time[0] - this.at[0]) * 1000 + (time[1] - this.at[1]) / NANOS_PER_MS;
  }
}

export function hrTimeOfEpochMs(ms: number): HrTime {
  const seconds = Math.floor(ms / 1000);
  return [seconds, Math.round((ms - seconds * 1000) * NANOS_PER_MS)];
}

export function isHrTime(value: unknown): value is HrTime {
  return Array.isArray(value) && typeof value[0] === 'number' && typeof value[1] === 'number';
}

import type { HrTime } from '@opentelemetry/api';

/** The SDK's seconds and nanoseconds as OTLP's nanoseconds. */
export function hrNanos(time: HrTime): bigint {
  return BigInt(time[0]) * 1_000_000_000n + BigInt(Math.round(time[1]));
}

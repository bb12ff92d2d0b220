import { process } from '../base/process.js';
import { positive, text } from './otlp-target.js';

/** What the SDK's batch processors wait for by default; those of logs in some versions a second only. */
const DEFAULT_DELAY_MS = 5_000;

const DEFAULT_TIMEOUT_MS = 30_000;

/** For the export itself once a batch is due, and for clocks that are read once a second. */
export const EXPORT_MS = 2_000;

/** Milliseconds that a batch processor waits for more: `BSP` that of spans, `BLRP` that of log records. */
export function batchDelayMs(prefix: 'BSP' | 'BLRP', env: NodeJS.ProcessEnv = process.env): number {
  return positive(text(env, `OTEL_${prefix}_SCHEDULE_DELAY`)) ?? DEFAULT_DELAY_MS;
}

/** Milliseconds after which a batch processor gives up an export, and goes on with the next. */
export function exportTimeoutMs(prefix: 'BSP' | 'BLRP', env: NodeJS.ProcessEnv = process.env): number {
  return positive(text(env, `OTEL_${prefix}_EXPORT_TIMEOUT`)) ?? DEFAULT_TIMEOUT_MS;
}

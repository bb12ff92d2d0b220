import process from 'node:process';
import { positive, text } from './otlp-target.js';

/** What the SDK's batch processors wait for by default; those of logs in some versions a second only. */
const DEFAULT_DELAY_MS = 5_000;

/** Milliseconds that a batch processor waits for more: `BSP` that of spans, `BLRP` that of log records. */
export function batchDelayMs(prefix: 'BSP' | 'BLRP', env: NodeJS.ProcessEnv = process.env): number {
  return positive(text(env, `OTEL_${prefix}_SCHEDULE_DELAY`)) ?? DEFAULT_DELAY_MS;
}

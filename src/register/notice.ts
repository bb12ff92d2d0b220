import { writeSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';
import { process } from '../base/process.js';

const said = new Set<string>();

/**
 * One line on standard error, once for each `key`. Only the main thread of the first process speaks: workers and
 * cluster children would repeat it. `OTEL_LOG_LEVEL=none` silences it.
 */
export function notice(key: string, line: string): void {
  if (said.has(key)) return;
  said.add(key);
  const quiet = process.env.OTEL_LOG_LEVEL?.trim().toLowerCase() === 'none';
  if (quiet || !isMainThread || process.env.NODE_UNIQUE_ID !== undefined) return;
  try {
    // not `process.stderr`: creating that stream is a side effect, and a worker's goes through the main thread
    writeSync(2, `opentelemetry-instrumentation-async: ${line}\n`);
  } catch {
    // closed, or a full pipe: not worth more
  }
}

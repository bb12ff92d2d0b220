import { readFileSync } from 'node:fs';

/**
 * How long the main thread has wanted a processor and had none, in milliseconds since it started; Linux tells. 0 where
 * it cannot be known.
 */
export function mainThreadStarvedMs(): number {
  try {
    // time on a processor, time waiting for one, both in nanoseconds, and the number of times it had one
    const waited = readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'latin1').split(' ')[1];
    return Number(waited) / 1e6 || 0;
  } catch {
    return 0;
  }
}

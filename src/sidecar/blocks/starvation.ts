import { readFileSync } from 'node:fs';
import { process } from '../../base/process.js';

/**
 * How long a thread has wanted a processor and had none, in milliseconds since it started; Linux tells. 0 where it
 * cannot be known.
 */
function starvedMs(thread: string): number {
  try {
    // time on a processor, time waiting for one, both in nanoseconds, and the number of times it had one
    const waited = readFileSync(`/proc/${thread}/schedstat`, 'latin1').split(' ')[1];
    return Number(waited) / 1e6 || 0;
  } catch {
    return 0;
  }
}

export function mainThreadStarvedMs(): number {
  return starvedMs(`self/task/${process.pid}`);
}

/** Of the thread that asks. */
export function ownStarvedMs(): number {
  return starvedMs('thread-self');
}

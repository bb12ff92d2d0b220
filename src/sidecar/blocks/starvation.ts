import { readFileSync, readlinkSync } from 'node:fs';
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

/** Of a thread of this process, by its number in `ownTask`. */
export function taskStarvedMs(task: number): number {
  return task === 0 ? 0 : starvedMs(`self/task/${task}`);
}

export function mainThreadStarvedMs(): number {
  return taskStarvedMs(process.pid);
}

/** Of the thread that asks. */
export function ownStarvedMs(): number {
  return starvedMs('thread-self');
}

/** Linux's number of the thread that asks; 0 where it cannot be known. */
export function ownTask(): number {
  try {
    return Number(readlinkSync('/proc/thread-self').split('/').at(-1)) || 0;
  } catch {
    return 0;
  }
}

/** How long a thread was starved within a block. Nothing is known of the time before this was made. */
export class StarvedTime {
  #from: number;
  #before = 0;

  constructor(private readonly read: () => number) {
    this.#from = read();
  }

  /** There is no block yet. */
  restart(): void {
    this.#before = 0;
    this.#from = this.read();
  }

  /** What is read from now on is of another thread, from its start on. */
  ofAnother(): void {
    this.#before = this.#from = 0;
  }

  /** The block has lasted for `lateMs`: it cannot have been starved for longer. */
  begin(lateMs: number): void {
    const now = this.read();
    this.#before = Math.min(now - this.#from, lateMs);
    this.#from = now;
  }

  /** Milliseconds of the block so far. */
  get ms(): number {
    return Math.max(0, this.#before + this.read() - this.#from);
  }
}

import { readdirSync, readFileSync } from 'node:fs';

const EVERY_MS = 10;

/** Milliseconds that the threads of a process waited for a processor, all together; Linux tells, elsewhere 0. */
function starvedMs(pid: number | 'self'): number {
  let nanos = 0;
  try {
    for (const thread of readdirSync(`/proc/${pid}/task`)) {
      nanos += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'latin1').split(' ')[1]);
    }
  } catch {
    // it ended meanwhile, or this is no Linux
    return 0;
  }
  return nanos / 1e6;
}

/**
 * Time as seen from outside a process, without that in which the machine had no processor for one of its threads or for
 * who measures: what was waited for then is the machine. Looks again and again, since a process that has ended tells
 * nothing.
 */
export class ServedTime {
  #servedMs = 0;
  #lookedAt = performance.now();
  #starvedMs: number;
  #ownStarvedMs: number;
  readonly #timer: NodeJS.Timeout;

  constructor(private readonly pid: number) {
    this.#starvedMs = starvedMs(pid);
    this.#ownStarvedMs = starvedMs('self');
    this.#timer = setInterval(() => this.#look(), EVERY_MS);
  }

  /** Counts from now on. */
  restart(): void {
    this.#look();
    this.#servedMs = 0;
  }

  /** The process has ended: milliseconds since the (re)start. */
  stop(): number {
    clearInterval(this.#timer);
    this.#look();
    return this.#servedMs;
  }

  #look(): void {
    const now = performance.now();
    const starved = starvedMs(this.pid);
    const own = starvedMs('self');
    // threads that have ended take theirs along
    const unserved = Math.max(0, starved - this.#starvedMs) + own - this.#ownStarvedMs;
    this.#servedMs += Math.max(0, now - this.#lookedAt - unserved);
    this.#lookedAt = now;
    this.#starvedMs = starved;
    this.#ownStarvedMs = own;
  }
}

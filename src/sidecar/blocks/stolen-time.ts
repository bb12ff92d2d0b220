/** A thread that comes later than that was not run, and knows nothing about any other. Milliseconds. */
export const STOLEN_MS = 50;
const REMEMBERED = 8;

interface Stolen {
  from: number;
  until: number;
  ms: number;
}

/**
 * The latest times in which the watching thread was not run although it did not wait for a processor: then nobody was.
 * Kept for a while, since a block may become known after the loop has been seen free again. Shared milliseconds, which
 * go on where 32 bits end.
 */
export class StolenTime {
  readonly #latest: Stolen[] = [];

  /**
   * The thread has woken up.
   *
   * @param asleepMs since it went to sleep. When in that time it was stopped it cannot know: where it is most of it, all
   * may have been.
   * @param lateMs how much of it was not wanted.
   * @param starvedMs how much of it the thread waited for a processor.
   */
  awake(now: number, asleepMs: number, lateMs: number, starvedMs: number): void {
    if (lateMs - starvedMs <= STOLEN_MS) return;
    const ms = (lateMs > asleepMs / 2 ? asleepMs : lateMs) - starvedMs;
    this.#latest.push({ from: (now - asleepMs) | 0, until: now, ms });
    if (this.#latest.length > REMEMBERED) this.#latest.shift();
  }

  /** How much of the `durationMs` after `from` it may have been. */
  within(from: number, durationMs: number): number {
    let sum = 0;
    for (const stolen of this.#latest) {
      const start = Math.max(0, (stolen.from - from) | 0);
      const end = Math.min(durationMs, (stolen.until - from) | 0);
      sum += Math.min(stolen.ms, Math.max(0, end - start));
    }
    return sum;
  }
}

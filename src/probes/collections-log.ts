import { PerformanceObserver } from 'node:perf_hooks';
import { asSelf } from '../base/self.js';
import type { Stop } from '../types.js';

/** More within one slow run count as those that are remembered. */
const KEPT = 256;

/**
 * When the garbage collector ran, on the clock of `performance.now()`. Node tells of each collection a turn of the
 * loop or two later.
 */
export class CollectionsLog {
  readonly #from = new Float64Array(KEPT);
  readonly #ms = new Float64Array(KEPT);
  #next = 0;

  start(): Stop {
    const observer = new PerformanceObserver((list) => {
      for (const { startTime, duration } of list.getEntries()) this.add(startTime, duration);
    });
    asSelf(() => observer.observe({ entryTypes: ['gc'] }));
    return () => observer.disconnect();
  }

  add(fromMs: number, ms: number): void {
    this.#from[this.#next] = fromMs;
    this.#ms[this.#next] = ms;
    this.#next = (this.#next + 1) % KEPT;
  }

  msWithin(fromMs: number, untilMs: number): number {
    let ms = 0;
    for (let i = 0; i < KEPT; i++) {
      const from = this.#from[i] as number;
      const until = from + (this.#ms[i] as number);
      ms += Math.max(0, Math.min(until, untilMs) - Math.max(from, fromMs));
    }
    return ms;
  }
}

import type { Clock } from './clock.js';

/**
 * What the instrumentation costs, in milliseconds of this thread: frequent small pieces of work are sampled, rare
 * large ones measured. Reading the clock around each small piece would cost as much as the piece.
 */
export class SelfCost {
  #total = 0;
  /** Calls of the promise hooks, counted by the probe: each costs `hookEventMs`. */
  hookEvents = 0;
  hookEventMs = 0.00006;

  constructor(readonly clock: Clock) {}

  /** Milliseconds since the start. */
  get totalMs(): number {
    return this.#total + this.hookEvents * this.hookEventMs;
  }

  /** Counts rare work that began at `startMs` and is over now. */
  add(startMs: number): void {
    this.#total += this.clock() - startMs;
  }

  /** Runs rare work and counts all of it. */
  measure<R>(work: () => R): R {
    const start = this.clock();
    try {
      return work();
    } finally {
      this.#total += this.clock() - start;
    }
  }
}

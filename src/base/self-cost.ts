import type { Clock } from './clock.js';

/** Every so many calls one is timed, and stands for all. A power of two. */
const SAMPLE_EVERY = 64;
/** A sampled piece that took longer was interrupted: by the collector, or by another process. */
const SAMPLE_LIMIT_MS = 0.02;

/**
 * What the instrumentation costs, in milliseconds of this thread: frequent small pieces of work are sampled, rare
 * large ones measured. Reading the clock around each small piece would cost as much as the piece.
 */
export class SelfCost {
  #calls = 0;
  #total = 0;

  constructor(readonly clock: Clock) {}

  /** Milliseconds since the start. */
  get totalMs(): number {
    return this.#total;
  }

  /** For frequent work: whether this call is to be timed; `started` then, `ended` when it is over. */
  isSampled(): boolean {
    return (++this.#calls & (SAMPLE_EVERY - 1)) === 0;
  }

  endSample(startMs: number): void {
    this.#total += Math.min(this.clock() - startMs, SAMPLE_LIMIT_MS) * SAMPLE_EVERY;
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

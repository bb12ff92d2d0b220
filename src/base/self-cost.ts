import type { Clock } from './clock.js';

/** One kind of frequent event: too small to be timed each, so counted, and weighed as the calibration found it. */
export class FrequentCost {
  /** Counted up by the probe. */
  events = 0;
  #counted = 0;
  #ms = 0;

  /** `eachMs` is what holds until something was measured. */
  constructor(private eachMs: number) {}

  get totalMs(): number {
    return this.#ms + (this.events - this.#counted) * this.eachMs;
  }

  /** From now on; what was counted before keeps its weight. */
  weigh(eachMs: number): void {
    this.#ms = this.totalMs;
    this.#counted = this.events;
    this.eachMs = eachMs;
  }
}

/**
 * What the instrumentation costs, in milliseconds of this thread: frequent small pieces of work are counted and
 * weighed (`probes/hook-calibration.ts`), rare large ones measured. Reading the clock around each small piece would
 * cost as much as the piece, and see only our half of it: what the engine does to call us is the other.
 */
export class SelfCost {
  #measuredMs = 0;
  readonly promiseHook = new FrequentCost(0.000_06);
  readonly resourceHook = new FrequentCost(0.000_2);
  /** What compiled functions tell: no hook of the engine's, so that it can be weighed beforehand. */
  readonly compiledCall = new FrequentCost(0.000_08);

  constructor(readonly clock: Clock) {}

  /** Milliseconds since the start. */
  get totalMs(): number {
    return (
      this.#measuredMs + this.promiseHook.totalMs + this.resourceHook.totalMs + this.compiledCall.totalMs
    );
  }

  /**
   * Counts rare work that began at `startMs` and is over now. What took longer than `mostMs` was interrupted, by the
   * collector or by another process.
   */
  add(startMs: number, mostMs = Number.POSITIVE_INFINITY): void {
    this.#measuredMs += Math.min(this.clock() - startMs, mostMs);
  }

  /** Runs rare work and counts all of it. */
  measure<R>(work: () => R): R {
    const start = this.clock();
    try {
      return work();
    } finally {
      this.#measuredMs += this.clock() - start;
    }
  }
}

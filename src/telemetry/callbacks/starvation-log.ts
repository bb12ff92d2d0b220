import type { Clock } from '../../base/clock.js';
import { ownProcessorTime, type ProcessorTime } from '../../probes/processor-wait.js';

interface Reading extends ProcessorTime {
  atMs: number;
}

/** How long a run may have waited for a processor. */
export interface Starvation {
  /** It cannot have been longer. */
  mostMs: number;
  /** Its share of what the thread waited in the last seconds. */
  likelyMs: number;
}

/** What the thread had of a processor, read once a second: a reading for each run would cost more than the run. */
export class StarvationLog {
  #older: Reading;
  #newer: Reading;

  constructor(
    private readonly clock: Clock,
    private readonly read = ownProcessorTime,
  ) {
    this.#older = this.#newer = { atMs: clock(), ...read() };
  }

  tick(): void {
    this.#older = this.#newer;
    this.#newer = { atMs: this.clock(), ...this.read() };
  }

  within(startMs: number, durationMs: number): Starvation {
    const before = this.#newer.atMs <= startMs ? this.#newer : this.#older;
    const now = this.read();
    const waitedMs = Math.max(0, now.waitedMs - before.waitedMs);
    const wantedMs = waitedMs + Math.max(0, now.usedMs - before.usedMs);
    return {
      mostMs: Math.min(durationMs, waitedMs),
      likelyMs: wantedMs > 0 ? Math.min(waitedMs, (durationMs * waitedMs) / wantedMs) : 0,
    };
  }
}

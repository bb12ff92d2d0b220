import type { Clock } from './clock.js';

/** Two ticks, a second apart, further from each other than this: the process was stopped, or its loop. */
const LATE_MS = 2_000;

/** Milliseconds in which the loop turned: what nobody could make use of does not count. */
export class AttendedTime {
  #lastMs: number;
  #sumMs = 0;

  constructor(private readonly clock: Clock) {
    this.#lastMs = clock();
  }

  get nowMs(): number {
    return this.#sumMs;
  }

  /** To be called about once a second. */
  tick(): number {
    const now = this.clock();
    const elapsedMs = now - this.#lastMs;
    this.#lastMs = now;
    if (elapsedMs <= LATE_MS) this.#sumMs += elapsedMs;
    return this.#sumMs;
  }
}

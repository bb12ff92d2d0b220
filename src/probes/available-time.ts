import type { Clock } from '../base/clock.js';
import { ownProcessorTime } from './processor-wait.js';

/** However busy the machine is, some time goes by. */
const LEAST_SHARE = 0.02;

/**
 * A clock, in milliseconds, that leaves out what the thread waited for a processor: a share of the loop's time means a
 * share of what the loop had. On a machine that gives it a quarter of a processor, 2% of the time gone by would be 8%.
 * How much was waited is known a second late.
 */
export class AvailableTime {
  #share = 1;
  #from: number;
  #atFrom: number;
  #waitedMs: number;

  constructor(
    private readonly wall: Clock,
    private readonly read = ownProcessorTime,
  ) {
    this.#from = this.#atFrom = wall();
    this.#waitedMs = read().waitedMs;
  }

  readonly clock: Clock = () => this.#atFrom + (this.wall() - this.#from) * this.#share;

  /** To be called about once a second. */
  tick(): void {
    const now = this.wall();
    const { waitedMs } = this.read();
    const elapsedMs = now - this.#from;
    if (elapsedMs <= 0) return;
    this.#atFrom = this.clock();
    this.#share = Math.min(1, Math.max(LEAST_SHARE, 1 - (waitedMs - this.#waitedMs) / elapsedMs));
    this.#from = now;
    this.#waitedMs = waitedMs;
  }
}

import type { Clock } from '../base/clock.js';

/**
 * Grants traces their detail at the root, all or nothing: a trace's number of spans is not known beforehand, so a
 * grant may run into debt, and nothing is granted while there is one.
 */
export class TraceBudget {
  #tokens: number;
  #last: number;

  constructor(
    private readonly clock: Clock,
    public spansPerSecond: number,
  ) {
    this.#tokens = spansPerSecond;
    this.#last = clock();
  }

  grant(): boolean {
    const now = this.clock();
    this.#tokens = Math.min(
      this.spansPerSecond,
      this.#tokens + ((now - this.#last) / 1000) * this.spansPerSecond,
    );
    this.#last = now;
    return this.#tokens > 0;
  }

  spend(spans: number): void {
    this.#tokens -= spans;
  }
}

import type { Clock } from './clock.js';

/** A token bucket: `perSecond` tokens a second, at most `burst` saved up. */
export class RateLimiter {
  #tokens: number;
  #last: number;

  constructor(
    private readonly clock: Clock,
    public perSecond: number,
    public burst: number = perSecond,
  ) {
    this.#tokens = burst;
    this.#last = clock();
  }

  /** Takes `count` tokens if there are that many. */
  take(count = 1): boolean {
    this.#refill();
    if (this.#tokens < count) return false;
    this.#tokens -= count;
    return true;
  }

  /** Whether there is a token left, and no debt. */
  hasAny(): boolean {
    if (this.#tokens >= 1) return true;
    this.#refill();
    return this.#tokens >= 1;
  }

  /** Takes `count` tokens, into debt if need be. */
  spend(count = 1): void {
    this.#tokens -= count;
  }

  #refill(): void {
    const now = this.clock();
    this.#tokens = Math.min(this.burst, this.#tokens + ((now - this.#last) / 1000) * this.perSecond);
    this.#last = now;
  }
}

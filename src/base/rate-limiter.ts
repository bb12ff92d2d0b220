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
    const now = this.clock();
    this.#tokens = Math.min(this.burst, this.#tokens + ((now - this.#last) / 1000) * this.perSecond);
    this.#last = now;
    if (this.#tokens < count) return false;
    this.#tokens -= count;
    return true;
  }
}

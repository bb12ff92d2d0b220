import type { Clock } from '../../base/clock.js';
import type { Birth } from '../birth.js';

/** Share of what can be saved up that is kept for creators that were seldom looked at. */
const RESERVE_SHARE = 0.25;
/** So many looks a second are seldom. */
const SELDOM = 8;
const REFILL_MS = 1;

/**
 * Decides which creations have their stack looked at. While there is plenty, all; when it runs short, the rest goes to
 * tasks below which little was looked at in this second, so that one busy place cannot cost all others their sites.
 * Who is not looked at has no site: nothing is guessed.
 */
export class SiteBudget {
  #tokens: number;
  #last: number;
  #second = 0;
  /** Creations that nobody looked at, since the last call of `takeMissed`. */
  #missed = 0;

  constructor(
    private readonly clock: Clock,
    private perSecond: number,
  ) {
    this.#tokens = perSecond;
    this.#last = clock();
  }

  /** Whether to look at what is made below a task of `creator` now. */
  allows(creator: Birth): boolean {
    this.#refill();
    const tokens = this.#tokens;
    if (tokens < 1 || (tokens < this.perSecond * RESERVE_SHARE && this.#isOften(creator))) {
      this.#missed++;
      return false;
    }
    if (creator.lookedAt.second !== this.#second) creator.lookedAt = { second: this.#second, looks: 0 };
    creator.lookedAt.looks++;
    return true;
  }

  /** One look was taken, into debt if need be. */
  spend(): void {
    this.#tokens--;
  }

  /** Looks a second from now on; what was saved up beyond is lost. */
  limit(perSecond: number): void {
    this.#refill();
    this.perSecond = perSecond;
    this.#tokens = Math.min(this.#tokens, perSecond);
  }

  takeMissed(): number {
    const missed = this.#missed;
    this.#missed = 0;
    return missed;
  }

  #isOften({ lookedAt }: Birth): boolean {
    return lookedAt.second === this.#second && lookedAt.looks >= SELDOM;
  }

  #refill(): void {
    const now = this.clock();
    if (now - this.#last < REFILL_MS) return;
    this.#tokens = Math.min(this.perSecond, this.#tokens + ((now - this.#last) / 1_000) * this.perSecond);
    this.#last = now;
    this.#second = Math.floor(now / 1_000);
  }
}

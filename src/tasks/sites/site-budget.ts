import type { Clock } from '../../base/clock.js';
import type { Birth } from '../birth.js';
import type { TaskScope } from '../task.js';

/** Share of what can be saved up that is kept for creators that were seldom looked at. */
const RESERVE_SHARE = 0.25;
/** Share that is kept, further, from what no span tells of, and from what seldom says anything. */
const UNTOLD_SHARE = 0.25;
const MINOR_SHARE = 0.5;
/** So many looks a second are seldom. */
const SELDOM = 8;
const REFILL_MS = 1;
/** A look that reads more counts as more. */
const FRAMES_OF_A_LOOK = 4;
/** With less than this share left, a look that no span tells of costs so much more. */
const PLENTY_SHARE = 0.75;
const UNTOLD_PRICE = 4;

/**
 * Decides which creations have their stack looked at. While there is plenty, all; when it runs short, first those that
 * a span may tell of, and the rest goes to tasks below which little was looked at in this second, so that one busy
 * place cannot cost all others their sites. Who is not looked at has no site: nothing is guessed.
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

  /**
   * Whether to look at what is made below a task of `creator`, in `scope`, now. `minor`: it would seldom say anything.
   */
  allows(creator: Birth, scope: TaskScope, minor = false): boolean {
    this.#refill();
    const { perSecond } = this;
    const untold = scope.withheld === true;
    const kept = (untold ? UNTOLD_SHARE : 0) + (minor ? MINOR_SHARE : 0);
    const left = this.#tokens - kept * perSecond;
    if (this.#tokens < 1 || left < 0 || (left < perSecond * RESERVE_SHARE && this.#isOften(creator))) {
      this.#missed++;
      return false;
    }
    if (untold && this.#tokens < perSecond * PLENTY_SHARE) this.#tokens -= UNTOLD_PRICE;
    if (creator.lookedAt.second !== this.#second) creator.lookedAt = { second: this.#second, looks: 0 };
    creator.lookedAt.looks++;
    return true;
  }

  /** One look was taken that read so many frames, into debt if need be. */
  spend(frames: number): void {
    this.#tokens -= Math.max(1, frames / FRAMES_OF_A_LOOK);
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

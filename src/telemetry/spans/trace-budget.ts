import type { CostMeter } from '../../base/overhead-governor.js';
import type { ResolvedOptions } from '../../config/options.js';

type Limits = Pick<ResolvedOptions, 'debug' | 'overheadBudget' | 'spans.maxPerSecond'>;

/** Own work allowed at start, once: a first request costs more than all later ones, and is the one looked at. */
const START_SECONDS = 5;
/** Own work that may be saved up: for the requests of one page, not for seconds of full load. */
const SAVED_SECONDS = 1;
/** One trace in so long gets its detail whatever the debt: on a slow machine somebody wants to see one too. */
const ALWAYS_EVERY_MS = 1_000;
/** Debt beyond so many seconds' worth is forgiven: it must not outlast the load for long. */
const OWED_SECONDS = 10;

/**
 * Grants traces their detail at the root, all or nothing: what a trace will cost is not known beforehand, so a grant
 * may run into debt, and nothing is granted while there is one.
 */
export class TraceBudget {
  readonly #spansPerSecond: number;
  readonly #selfMsPerSecond: number;
  /** A trace of debug mode may have thousands of spans: one in a while is told whatever their debt. */
  readonly #debug: boolean;
  #spans: number;
  #selfMs: number;
  #startMs: number;
  #spentMs: number;
  #last: number;
  #lastGrant = -Infinity;

  constructor(
    private readonly cost: CostMeter,
    limits: Limits,
  ) {
    this.#debug = limits.debug;
    this.#spansPerSecond = this.#spans = limits['spans.maxPerSecond'];
    this.#selfMsPerSecond = limits.overheadBudget * 1_000;
    this.#selfMs = this.#selfMsPerSecond * SAVED_SECONDS;
    this.#startMs = this.#selfMsPerSecond * START_SECONDS;
    this.#spentMs = cost.totalMs;
    this.#last = cost.clock();
  }

  /** Why a trace gets no detail now; `undefined` where it does. */
  refusal(): 'spans_per_second' | 'overhead' | undefined {
    const [spansPerSecond, selfMsPerSecond] = [this.#spansPerSecond, this.#selfMsPerSecond];
    const now = this.cost.clock();
    const seconds = (now - this.#last) / 1000;
    const spentMs = this.cost.totalMs - this.#spentMs;
    this.#last = now;
    this.#spentMs += spentMs;
    this.#spans = Math.min(spansPerSecond, this.#spans + seconds * spansPerSecond);
    const saved = this.#selfMs + seconds * selfMsPerSecond - spentMs;
    const drawn = Math.min(this.#startMs, Math.max(0, -saved));
    this.#startMs -= drawn;
    this.#selfMs = Math.min(selfMsPerSecond * SAVED_SECONDS, saved + drawn);
    this.#selfMs = Math.max(this.#selfMs, -selfMsPerSecond * OWED_SECONDS);
    const isDue = now - this.#lastGrant >= ALWAYS_EVERY_MS;
    if (this.#spans <= 0 && !(this.#debug && isDue && spansPerSecond > 0)) return 'spans_per_second';
    const isSpent = this.#selfMs <= 0 && this.#startMs <= 0;
    if (isSpent && !(isDue && selfMsPerSecond > 0)) return 'overhead';
    this.#lastGrant = now;
    return undefined;
  }

  spendSpans(spans: number): void {
    this.#spans = Math.max(this.#spans - spans, -this.#spansPerSecond * OWED_SECONDS);
  }
}

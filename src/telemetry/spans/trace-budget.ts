import type { SelfCost } from '../../base/self-cost.js';

/** What one second allows: task spans, and milliseconds of the instrumentation's own work. */
export interface TraceAllowance {
  spansPerSecond: number;
  selfMsPerSecond: number;
}

/** Own work that may be saved up: a first request costs more than all later ones, and is the one looked at. */
const SAVED_SECONDS = 10;
/** One trace in so long gets its detail whatever the debt: on a slow machine somebody wants to see one too. */
const ALWAYS_EVERY_MS = 1_000;

/**
 * Grants traces their detail at the root, all or nothing: what a trace will cost is not known beforehand, so a grant
 * may run into debt, and nothing is granted while there is one.
 */
export class TraceBudget {
  #spans: number;
  #selfMs: number;
  #spentMs: number;
  #last: number;
  #lastGrant = -Infinity;

  constructor(
    private readonly cost: SelfCost,
    private readonly allowance: TraceAllowance,
  ) {
    this.#spans = allowance.spansPerSecond;
    this.#selfMs = allowance.selfMsPerSecond * SAVED_SECONDS;
    this.#spentMs = cost.totalMs;
    this.#last = cost.clock();
  }

  /** Why a trace gets no detail now; `undefined` where it does. */
  refusal(): 'spans_per_second' | 'overhead' | undefined {
    const { spansPerSecond, selfMsPerSecond } = this.allowance;
    const now = this.cost.clock();
    const seconds = (now - this.#last) / 1000;
    const spentMs = this.cost.totalMs - this.#spentMs;
    this.#last = now;
    this.#spentMs += spentMs;
    this.#spans = Math.min(spansPerSecond, this.#spans + seconds * spansPerSecond);
    const saved = this.#selfMs + seconds * selfMsPerSecond - spentMs;
    this.#selfMs = Math.min(selfMsPerSecond * SAVED_SECONDS, saved);
    if (this.#spans <= 0) return 'spans_per_second';
    if (this.#selfMs <= 0 && !(selfMsPerSecond > 0 && now - this.#lastGrant >= ALWAYS_EVERY_MS))
      return 'overhead';
    this.#lastGrant = now;
    return undefined;
  }

  spendSpans(spans: number): void {
    this.#spans -= spans;
  }
}

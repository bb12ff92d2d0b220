/** What is given up to stay inside `overheadBudget`, in this order, each together with those before it. */
export const SHED_ORDER = ['stack_depth', 'site', 'promise', 'window'] as const;

/** Own work that may be saved up: a burst at start, or of one request, sheds nothing. */
const SAVED_SECONDS = 10;
/** Spent at start before anything is given up: code runs cold, source maps are read. */
const START_SECONDS = 20;
/** A step is taken back where so much is saved up again, and no more than so much of the budget was used since. */
const CALM_SHARE = 0.5;
/** Beyond this many times the budget one turn takes two steps. */
const HASTE = 4;
/** Shedding again within this time after a step back doubles what calm is asked for. */
const RELAPSE_MS = 30_000;
const MOST_PATIENCE = 16;
/** Windows aim lower than the budget, or each would end in shedding more. */
const AIM = 0.8;
const WIDEST_WINDOW = 0.5;
const NARROWEST_WINDOW = 0.002;

/** What the governor needs to know of the cost; `SelfCost` is one. */
export interface CostMeter {
  clock(): number;
  /** Milliseconds of own work since the start. */
  readonly totalMs: number;
}

/**
 * Compares what the instrumentation costs with what it may, once a turn, and says how much to give up: `level` counts
 * the steps of `SHED_ORDER` that are in force, `windowShare` is the share of time tracking may be on (1 below the last
 * step). Allowance that was not used is saved up, to ten seconds' worth; when it is spent, one step is taken. A step
 * is taken back when half is saved up again, later and later where that proved too early.
 */
export class OverheadGovernor {
  #level = 0;
  #windowShare = 1;
  #savedMs: number;
  #spentMs: number;
  #last: number;
  #lastStepBack = -Infinity;
  #changedAt: number;
  #spentAtChange: number;
  #patience = 1;
  #startMs: number;
  #wasTooMuch = false;

  constructor(
    private readonly meter: CostMeter,
    /** Share of the thread's time; 1 and more turns the governor off. */
    private readonly budget: number,
  ) {
    this.#last = this.#changedAt = meter.clock();
    this.#spentMs = this.#spentAtChange = meter.totalMs;
    this.#savedMs = this.#mostSavedMs;
    this.#startMs = budget * START_SECONDS * 1_000;
    if (budget <= 0) {
      this.#level = SHED_ORDER.length;
      this.#windowShare = 0;
    }
  }

  get level(): number {
    return this.#level;
  }

  get windowShare(): number {
    return this.#windowShare;
  }

  /** To be called about once a second. */
  turn(): void {
    const now = this.meter.clock();
    const elapsedMs = now - this.#last;
    const spentMs = this.meter.totalMs - this.#spentMs;
    if (this.budget >= 1 || this.budget <= 0 || elapsedMs <= 0) return;
    this.#last = now;
    this.#spentMs += spentMs;
    this.#savedMs = Math.min(this.#mostSavedMs, this.#savedMs + elapsedMs * this.budget - spentMs);
    this.#drawOnStart();
    const tooMuch = spentMs > elapsedMs * this.budget;
    if (this.#savedMs < 0) {
      // one bad second may be an accident: of the collector's, or of a machine that is too busy
      if (tooMuch && this.#wasTooMuch) this.#shed(spentMs / elapsedMs, now);
    } else if (this.#isCalm(now)) this.#stepBack(now);
    this.#wasTooMuch = tooMuch;
  }

  #drawOnStart(): void {
    if (this.#savedMs >= 0 || this.#startMs <= 0) return;
    const drawn = Math.min(this.#startMs, -this.#savedMs);
    this.#startMs -= drawn;
    this.#savedMs += drawn;
  }

  get #mostSavedMs(): number {
    return this.budget * SAVED_SECONDS * 1_000;
  }

  #shed(share: number, now: number): void {
    const last = SHED_ORDER.length;
    const relapsed = now - this.#lastStepBack < RELAPSE_MS;
    if (relapsed) this.#patience = Math.min(MOST_PATIENCE, this.#patience * 2);
    else if (this.#level === 0) this.#patience = 1;
    const steps = share > this.budget * HASTE ? 2 : 1;
    const wasLast = this.#level === last;
    this.#level = Math.min(last, this.#level + steps);
    if (this.#level === last) {
      const fitting = (this.#windowShare * this.budget * AIM) / Math.max(share, this.budget);
      this.#windowShare = Math.max(NARROWEST_WINDOW, Math.min(wasLast ? 1 : WIDEST_WINDOW, fitting));
    }
    // what was spent is forgiven: the next turns judge what this step has brought
    this.#savedMs = 0;
    this.#changed(now);
  }

  #isCalm(now: number): boolean {
    if (this.#level === 0) return false;
    const calmMs = now - this.#changedAt;
    const share = (this.#spentMs - this.#spentAtChange) / calmMs;
    return (
      calmMs >= this.#patience * SAVED_SECONDS * CALM_SHARE * 1_000 &&
      this.#savedMs >= this.#mostSavedMs * CALM_SHARE &&
      share <= this.budget * CALM_SHARE
    );
  }

  #stepBack(now: number): void {
    const wider = this.#windowShare * 2;
    if (this.#level === SHED_ORDER.length && wider <= WIDEST_WINDOW) this.#windowShare = wider;
    else {
      this.#level--;
      this.#windowShare = 1;
    }
    this.#lastStepBack = now;
    this.#changed(now);
  }

  #changed(now: number): void {
    this.#changedAt = now;
    this.#spentAtChange = this.#spentMs;
  }
}

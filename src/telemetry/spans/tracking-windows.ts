import { outside } from '../../base/outside.js';
import type { CostMeter } from '../../base/overhead-governor.js';
import { asSelf } from '../../base/self.js';
import { timers } from '../../base/timers.js';

const PERIOD_MS = 1_000;

/** The hooks, as far as traces are concerned. */
export interface Tracking {
  /** What the budget of traces is reckoned with. */
  readonly meter: CostMeter;
  /** Whether they may be on. */
  allowed(): boolean;
  /** Whether a trace needs them. */
  active(active: boolean): void;
}

/** Tracking is on all the time, or only for a share of each second. */
export class TrackingWindows {
  #share = 1;
  #open = true;
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly onChange: (open: boolean) => void) {}

  get open(): boolean {
    return this.#open;
  }

  limit(share: number): void {
    const was = this.#share;
    this.#share = share;
    if (share >= 1) {
      this.stop();
      this.#set(true);
    } else if (was >= 1) this.#turn(false);
  }

  stop(): void {
    timers.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #turn(open: boolean): void {
    this.#set(open);
    const ms = PERIOD_MS * (open ? this.#share : 1 - this.#share);
    this.#timer = asSelf(() =>
      outside(() => timers.setTimeout(() => this.#turn(!open && this.#share > 0), Math.max(1, ms)).unref()),
    );
  }

  #set(open: boolean): void {
    if (open === this.#open) return;
    this.#open = open;
    this.onChange(open);
  }
}

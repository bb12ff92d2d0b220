import { AsyncResource } from 'node:async_hooks';
import { asSelf } from '../base/self.js';
import type { FrequentCost, SelfCost } from '../base/self-cost.js';

/** Awaits, and callbacks, of one try: a measurement takes some 300 µs. */
const STEPS = 128;
/** The quickest counts: the first warms the caches up, another may be interrupted. */
const TRIES = 4;
/** The middle of so many measurements holds: one may meet the collector, or another process. */
const REMEMBERED = 9;
/** Measurements in a row at first, then one in so many calls. */
const AT_FIRST = 5;
const SELDOM = 10;
/**
 * What it does not see of promises: the collector, which comes for what the hooks leave behind, and caches that the
 * program has filled with its own. Real slowdowns of an await chain were 1.3 to 1.8 times what was measured
 * (`npm run bench:truth`); those of an HTTP service, whose hooks run in between other code, 2 to 3 times.
 */
const UNSEEN = 1.5;
/**
 * Callbacks of resources always come in between other code: with hooks it is the first few that count, which find the
 * caches as the program has filled them.
 */
const FIRST_STEPS = 16;
/** Not worth a measurement. */
const FEW_EVENTS = 1_000;
/** What one took longer, it was interrupted. */
const LONGEST_MS = 1;

/** Switches the hooks off, on, and back to what they were. */
export interface HookSwitch {
  off(): void;
  on(): void;
  back(): void;
}

/**
 * Measures what a call of our hooks really costs here and now: the same awaits, and the same callbacks, without and
 * with them, the engine's part included. To be called where nothing else of the program can run in between: in a timer's
 * callback.
 */
export class HookCalibration {
  readonly #promise: Middle;
  readonly #resource: Middle;
  readonly #callback = asSelf(() => new AsyncResource('opentelemetry-instrumentation-async'));
  #calls = 0;
  #eventsBefore = 0;

  constructor(
    private readonly cost: SelfCost,
    private readonly hooks: HookSwitch,
  ) {
    this.#promise = new Middle(cost.promiseHook);
    this.#resource = new Middle(cost.resourceHook);
  }

  /** Measures where the hooks were used since, and it is time. The promise is for tests. Never rejects. */
  async tick(): Promise<void> {
    const events = this.cost.promiseHook.events + this.cost.resourceHook.events;
    if (events - this.#eventsBefore < FEW_EVENTS) return;
    if (++this.#calls > AT_FIRST && this.#calls % SELDOM !== 0) return;
    try {
      await this.#measure();
    } catch {
      // what held before goes on to hold
      this.hooks.back();
    }
    this.#eventsBefore = this.cost.promiseHook.events + this.cost.resourceHook.events;
  }

  async #measure(): Promise<void> {
    const { clock, promiseHook, resourceHook } = this.cost;
    const started = clock();
    this.hooks.off();
    let bareCallbacksMs = Number.POSITIVE_INFINITY;
    for (let attempt = 0; attempt < TRIES; attempt++) {
      bareCallbacksMs = Math.min(bareCallbacksMs, this.#callbacks(STEPS));
    }
    const bareMs = await this.#awaits();
    this.hooks.on();
    const resourcesBefore = resourceHook.events;
    const callbacksMs = this.#callbacks(FIRST_STEPS);
    const [promisesFrom, resourcesFrom] = [promiseHook.events, resourceHook.events];
    const ms = await this.#awaits();
    const promises = (promiseHook.events - promisesFrom) / TRIES;
    const alsoResources = (resourceHook.events - resourcesFrom) / TRIES;
    this.hooks.back();
    const resources = resourcesFrom - resourcesBefore;
    const ofResourcesMs = callbacksMs - (bareCallbacksMs * FIRST_STEPS) / STEPS;
    const eachResourceMs = resources > 0 ? this.#resource.add(ofResourcesMs / resources) : 0;
    // where `async_hooks` cannot leave promises out, they are counted there as well
    const ofPromisesMs = (ms - bareMs) * UNSEEN - alsoResources * eachResourceMs;
    if (promises > 0) this.#promise.add(ofPromisesMs / promises);
    this.cost.add(started, LONGEST_MS);
  }

  #callbacks(steps: number): number {
    const from = this.cost.clock();
    for (let step = 0; step < steps; step++) this.#callback.runInAsyncScope(nothing);
    return this.cost.clock() - from;
  }

  async #awaits(): Promise<number> {
    let least = Number.POSITIVE_INFINITY;
    for (let attempt = 0; attempt < TRIES; attempt++) {
      const from = this.cost.clock();
      await awaits();
      least = Math.min(least, this.cost.clock() - from);
    }
    return least;
  }
}

/** The middle of the last measurements. */
class Middle {
  readonly #values: number[] = [];

  constructor(private readonly frequent: FrequentCost) {}

  add(eachMs: number): number {
    this.#values.push(Math.max(0, eachMs));
    if (this.#values.length > REMEMBERED) this.#values.shift();
    const sorted = [...this.#values].sort((a, b) => a - b);
    const middle = sorted[sorted.length >> 1] as number;
    this.frequent.weigh(middle);
    return middle;
  }
}

async function awaits(): Promise<void> {
  for (let step = 0; step < STEPS; step++) await undefined;
}

function nothing(): void {}

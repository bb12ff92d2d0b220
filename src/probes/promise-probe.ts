import { promiseHooks } from 'node:v8';
import { Guard } from '../base/guard.js';
import { inSelf } from '../base/self.js';
import type { SelfCost } from '../base/self-cost.js';
import { UNSEEN } from '../tasks/birth.js';
import { belowHooks, isCallerOf, isFrameOf, originOfPromise } from '../tasks/origin.js';
import { PromiseMarks } from '../tasks/promise-marks.js';
import type { Place, TaskRegistry } from '../tasks/registry.js';
import { captureFrames } from '../tasks/sites/capture.js';
import type { SiteBudget } from '../tasks/sites/site-budget.js';
import type { Site } from '../tasks/sites/site-table.js';
import type { Task } from '../tasks/task.js';
import type { Stop } from '../types.js';
import type { Effort } from './effort.js';
import { learnOutcome } from './promise-outcome.js';

export interface PromiseProbeOptions {
  /** Where a task created now belongs; `undefined` where nobody wants it. */
  place(): Place | undefined;
  /** What looks at the stack are paid from. */
  siteBudget: SiteBudget;
  effort: Effort;
  /** Whether it is worth knowing if this ended task was fulfilled or rejected. */
  wantsOutcome(task: Task): boolean;
}

const OBSERVER_DEPTH = 4;
const LONGEST_LOOK_MS = 0.2;

/**
 * Tasks of promises, through `v8.promiseHooks`. Around `await p` Node calls `init(throwaway, p)` with the awaiting
 * function on top of the stack, then `before` and `after` of the throwaway around the continuation.
 */
export class PromiseProbe {
  #stop: Stop | undefined;
  /** The promise whose executor may be running: what it makes tells of the same operation. */
  constructing: Task | undefined;
  /** Whether the last stack went on below what was captured of it. */
  #cutOff = false;
  readonly #guard = new Guard('promise hook', () => this.stop());

  constructor(
    private readonly registry: TaskRegistry,
    private readonly cost: SelfCost,
    private readonly options: PromiseProbeOptions,
  ) {}

  start(): void {
    if (this.#stop !== undefined || this.#guard.tripped) return;
    this.#stop = promiseHooks.createHook({
      init: this.#init,
      before: this.#before,
      after: this.#after,
      settled: this.#settled,
    }) as unknown as Stop;
  }

  stop(): void {
    const stop = this.#stop;
    this.#stop = undefined;
    this.constructing = undefined;
    this.registry.reset();
    stop?.();
  }

  readonly #init = (promise: Promise<unknown>, parent: Promise<unknown> | undefined): void => {
    if (inSelf()) return;
    this.cost.promiseHook.events++;
    try {
      if (parent === undefined) PromiseMarks.begin(promise, this.#root(), undefined);
      else this.#derived(promise, parent);
    } catch (error) {
      this.#guard.trip(error);
    }
  };

  /** An async function is entered, or a promise is made from nothing. */
  #root(): Task | undefined {
    const { registry } = this;
    const place = this.options.place();
    if (place === undefined) return undefined;
    const { siteBudget, effort } = this.options;
    if (registry.live.full) return registry.refused(place.scope);
    if (!siteBudget.allows(registry.currentTask()?.birth ?? UNSEEN, place.scope)) {
      if (effort.unseen) return registry.createUnseen(place);
      effort.leftOut++;
      registry.leftOut(place.scope);
      return undefined;
    }
    const start = this.cost.clock();
    const frames = this.#frames(effort.depth);
    this.#leaveReturned(frames);
    const origin = originOfPromise(frames, registry.currentTask());
    const isFunction = origin.definition !== undefined;
    const task = registry.create(place, {
      kind: isFunction ? 'async_function' : 'promise',
      type: 'PROMISE',
      name: origin.name,
      ownership: origin.ownership,
      site: origin.site,
      definition: origin.definition,
      stack: effort.keepsStack(place.scope) ? frames : undefined,
    });
    task.foreign = origin.foreign === true;
    if (isFunction) {
      task.entering = true;
      registry.enter(task);
    } else if (origin.executor || origin.ownership === 'provisional') {
      this.constructing = task;
    }
    if (effort.isReduced) effort.shortened++;
    this.cost.add(start, LONGEST_LOOK_MS);
    return task;
  }

  /** An `await`, a `then`, or a wrapper of either. */
  #derived(promise: Promise<unknown>, parent: Promise<unknown>): void {
    const { registry } = this;
    const parentTask = PromiseMarks.own(parent);
    // what is known of the task on top says whether it is worth a look at the stack
    const top = registry.currentTask();
    const provisional = parentTask?.ownership === 'provisional';
    if (top?.entering === true || provisional) {
      this.#looked(promise, parentTask, top?.entering === true, provisional);
      return;
    }
    PromiseMarks.begin(promise, undefined, top);
    if (parentTask === undefined) return;
    if (parentTask !== top) parentTask.observed = true;
    // `await` of what is no native promise first makes a wrapper from the function's own promise
    else this.#wrapper(promise, top);
  }

  /** The same with a look at the stack. */
  #looked(
    promise: Promise<unknown>,
    parentTask: Task | undefined,
    entering: boolean,
    provisional: boolean,
  ): void {
    const { registry } = this;
    const frames = this.#frames(OBSERVER_DEPTH);
    const maker = frames.find((frame) => frame.origin !== 'builtin');
    if (entering) this.#leaveReturned(frames, true);
    const current = registry.currentTask();
    PromiseMarks.begin(promise, undefined, current);
    if (parentTask !== undefined && parentTask !== current) {
      parentTask.observed = true;
      if (provisional) this.#observedProvisional(promise, parentTask, frames[0], maker);
    }
    if (current === undefined) return;
    if (parentTask === current) this.#wrapper(promise, current);
    else if (current.entering && maker === frames[0] && maker !== undefined && isFrameOf(maker, current)) {
      current.entering = false;
      registry.leave(current);
    }
  }

  /** User code looks at what a library gave it, or the library goes on to make what it will give. */
  #observedProvisional(
    promise: Promise<unknown>,
    task: Task,
    top: Site | undefined,
    maker: Site | undefined,
  ): void {
    if (maker?.origin === 'user') task.ownership = 'user';
    else if (top?.origin === 'builtin') PromiseMarks.setOwn(promise, task);
  }

  #frames(depth: number): readonly Site[] {
    const frames = captureFrames(this.#init, depth);
    this.options.siteBudget.spend(frames.length);
    this.#cutOff = frames.length >= depth;
    return belowHooks(frames);
  }

  /**
   * A stack that was cut off says nothing about what lies deeper, unless it shows the caller of a task and not the
   * task. An `await` stands on top itself: no helper of the task's can lie between.
   */
  #leaveReturned(frames: readonly Site[], awaiting = false): void {
    // nothing is known: whoever ran goes on
    if (frames.length === 0) return;
    this.registry.leaveReturned((task) => {
      if (frames.some((frame) => isFrameOf(frame, task))) return true;
      if (!this.#cutOff) return false;
      return awaiting ? frames[0]?.origin === 'builtin' : !frames.some((frame) => isCallerOf(frame, task));
    });
  }

  /** Awaiting a thenable (query builders are): the wait is an operation of its own, unless it is over at once. */
  #wrapper(promise: Promise<unknown>, current: Task): void {
    const { registry } = this;
    const place = this.options.place();
    if (place === undefined || current.ownership !== 'user') return;
    const site = this.#frames(2)[0];
    if (site?.origin !== 'user') return;
    const task = registry.create(place, {
      kind: 'promise',
      type: 'PROMISE',
      name: 'await',
      ownership: 'user',
      site,
    });
    PromiseMarks.setOwn(promise, task);
  }

  readonly #before = (promise: Promise<unknown>): void => {
    this.cost.promiseHook.events++;
    try {
      const { registry } = this;
      this.constructing = undefined;
      const owner = PromiseMarks.owner(promise);
      if (owner !== undefined) owner.entering = false;
      registry.resume(owner);
    } catch (error) {
      this.#guard.trip(error);
    }
  };

  readonly #after = (): void => {
    this.cost.promiseHook.events++;
    try {
      this.registry.suspend();
    } catch (error) {
      this.#guard.trip(error);
    }
  };

  readonly #settled = (promise: Promise<unknown>): void => {
    this.cost.promiseHook.events++;
    try {
      const { registry } = this;
      const task = PromiseMarks.own(promise);
      if (task === undefined) return;
      if (task.birth === UNSEEN) {
        registry.endUnseen(task);
        return;
      }
      const now = registry.leave(task);
      task.entering = false;
      registry.end(task, 'fulfilled', now);
      if (task.observed && this.options.wantsOutcome(task)) learnOutcome(promise, task, registry);
    } catch (error) {
      this.#guard.trip(error);
    }
  };
}

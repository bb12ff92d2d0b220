import { promiseHooks } from 'node:v8';
import { Guard } from '../base/guard.js';
import { asSelf, inSelf } from '../base/self.js';
import type { SelfCost } from '../base/self-cost.js';
import { belowHooks, isCallerOf, isFrameOf, originOfPromise } from '../tasks/origin.js';
import type { NewTask, Place, TaskRegistry } from '../tasks/registry.js';
import { captureFrames } from '../tasks/sites/capture.js';
import type { Site } from '../tasks/sites/site-table.js';
import type { Task } from '../tasks/task.js';
import type { Stop } from '../types.js';

export interface PromiseProbeOptions {
  /** Where a task created now belongs; `undefined` where nobody wants it. */
  place(): Place | undefined;
  /** Whether the budget for creation sites allows another look at the stack. */
  mayCapture(): boolean;
  /** Told of each look at the stack. */
  captured(): void;
  /** Whether tasks keep their creation stack. */
  keepStack: boolean;
  /** How many frames a creation site may need. */
  depth: number;
  /** Whether it is worth knowing if this ended task was fulfilled or rejected. */
  wantsOutcome(task: Task): boolean;
}

const OBSERVER_DEPTH = 4;
/** Nothing is known of it but that there is a promise. */
const UNSEEN: NewTask = { kind: 'promise', type: 'PROMISE', name: '', ownership: 'internal' };
const NO_FRAMES: readonly Site[] = [];
const then = Promise.prototype.then;

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
    const start = this.cost.isSampled() ? this.cost.clock() : undefined;
    try {
      if (parent === undefined) this.#root(promise);
      else this.#derived(promise, parent);
      if (start !== undefined) this.cost.endSample(start);
    } catch (error) {
      this.#guard.trip(error);
    }
  };

  /** An async function is entered, or a promise is made from nothing. */
  #root(promise: Promise<unknown>): void {
    const { registry } = this;
    const place = this.options.place();
    if (place === undefined) return;
    if (!this.options.mayCapture()) {
      registry.taskOf.set(promise, registry.create(place, UNSEEN, registry.recently));
      return;
    }
    const start = this.cost.clock();
    const frames = this.#frames(this.options.depth);
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
      stack: this.options.keepStack ? frames : undefined,
    });
    task.foreign = origin.foreign === true;
    registry.taskOf.set(promise, task);
    if (isFunction) {
      task.entering = true;
      registry.enter(task);
    } else if (origin.executor || origin.ownership === 'provisional') {
      this.constructing = task;
    }
    this.cost.add(start);
  }

  /** An `await`, a `then`, or a wrapper of either. */
  #derived(promise: Promise<unknown>, parent: Promise<unknown>): void {
    const { registry } = this;
    const parentTask = registry.taskOf.get(parent);
    // what is known of the task on top says whether it is worth a look at the stack
    const entering = registry.currentTask()?.entering === true;
    const provisional = parentTask?.ownership === 'provisional';
    const frames = entering || provisional ? this.#frames(OBSERVER_DEPTH) : NO_FRAMES;
    const maker = frames.find((frame) => frame.origin !== 'builtin');
    if (entering) this.#leaveReturned(frames, true);
    const current = registry.currentTask();
    if (parentTask !== undefined && parentTask !== current) {
      parentTask.observed = true;
      if (provisional) this.#observedProvisional(promise, parentTask, frames[0], maker);
    }
    if (current === undefined) return;
    registry.ownerOf.set(promise, current);
    if (parentTask === current) {
      // `await` of what is no native promise first makes a wrapper from the function's own promise
      this.#wrapper(promise, current);
    } else if (current.entering && maker === frames[0] && maker !== undefined && isFrameOf(maker, current)) {
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
    else if (top?.origin === 'builtin') this.registry.taskOf.set(promise, task);
  }

  #frames(depth: number): readonly Site[] {
    this.options.captured();
    const frames = captureFrames(this.#init, depth);
    this.#cutOff = frames.length >= depth;
    return belowHooks(frames);
  }

  /**
   * A stack that was cut off says nothing about what lies deeper, unless it shows the caller of a task and not the
   * task. An `await` stands on top itself: no helper of the task's can lie between.
   */
  #leaveReturned(frames: readonly Site[], awaiting = false): void {
    const maker = frames[0];
    this.registry.leaveReturned((task) => {
      if (frames.some((frame) => isFrameOf(frame, task))) return true;
      if (!this.#cutOff) return false;
      if (awaiting) return maker === undefined || maker.origin === 'builtin';
      return !frames.some((frame) => isCallerOf(frame, task));
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
    registry.taskOf.set(promise, task);
  }

  readonly #before = (promise: Promise<unknown>): void => {
    const start = this.cost.isSampled() ? this.cost.clock() : undefined;
    try {
      const { registry } = this;
      this.constructing = undefined;
      const owner = registry.ownerOf.get(promise);
      if (owner !== undefined) owner.entering = false;
      registry.resume(owner);
      if (start !== undefined) this.cost.endSample(start);
    } catch (error) {
      this.#guard.trip(error);
    }
  };

  readonly #after = (): void => {
    try {
      this.registry.suspend();
    } catch (error) {
      this.#guard.trip(error);
    }
  };

  readonly #settled = (promise: Promise<unknown>): void => {
    const start = this.cost.isSampled() ? this.cost.clock() : undefined;
    try {
      const { registry } = this;
      const task = registry.taskOf.get(promise);
      if (task === undefined) return;
      const now = registry.leave(task);
      task.entering = false;
      registry.end(task, 'fulfilled', now);
      if (task.observed && this.options.wantsOutcome(task)) this.#learnOutcome(promise, task);
      if (start !== undefined) this.cost.endSample(start);
    } catch (error) {
      this.#guard.trip(error);
    }
  };

  /**
   * No hook tells fulfilled from rejected. A reaction does; it is added while the promise settles, so that no error's
   * async stack can change, and only where somebody handles the promise already, so that no rejection is hidden.
   */
  #learnOutcome(promise: Promise<unknown>, task: Task): void {
    if (Object.getPrototypeOf(promise) !== Promise.prototype || Object.hasOwn(promise, 'constructor')) return;
    asSelf(() =>
      then.call(
        promise,
        () => {
          task.outcomeKnown = true;
        },
        () => {
          task.outcomeKnown = true;
          if (task.ended) task.outcome = 'rejected';
        },
      ),
    );
  }
}

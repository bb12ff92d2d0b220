import { types } from 'node:util';
import { Guard } from '../../base/guard.js';
import { asSelf, inSelf } from '../../base/self.js';
import type { SelfCost } from '../../base/self-cost.js';
import type { Birth } from '../../tasks/birth.js';
import type { FunctionTask } from '../../tasks/function-task.js';
import { belowHooks } from '../../tasks/origin.js';
import type { Place, TaskRegistry } from '../../tasks/registry.js';
import { captureFrames } from '../../tasks/sites/capture.js';
import { type CompiledFunction, compiledFunction } from '../../tasks/sites/compiled-modules.js';
import type { SiteBudget } from '../../tasks/sites/site-budget.js';
import type { Site } from '../../tasks/sites/site-table.js';
import { locationOf } from '../../tasks/sites/source-maps.js';
import type { Effort } from '../effort.js';
import { calls, setProbe, state } from './calls.js';
import { FollowedPromise, isPlainPromise } from './followed-promise.js';

export interface CompiledProbeOptions {
  /** Where a task created now belongs; `undefined` where nobody wants it. */
  place(): Place | undefined;
  siteBudget: SiteBudget;
  effort: Effort;
}

/** A caller that is not a library's stands right below; patches and built-ins may stand between. */
const CALLER_DEPTH = 8;
/** How deep an iterator may be in its own code when it calls back. */
const HEAD_DEPTH = 16;
/** Calls by libraries are looked at again, each time after twice as many. */
const MOST_PATIENCE = 1024;

/**
 * Tasks of compiled functions: they say themselves when they start, wait, go on and end. No hook, and a look at the
 * stack only where a call is seen for the first time.
 */
export class CompiledProbe {
  readonly #guard = new Guard('compiled sites', () => this.stop());
  /** Its code has called an iterator's or a resource's: what is created now may be its child, if the stack says so. */
  #head: FunctionTask | undefined;

  constructor(
    private readonly registry: TaskRegistry,
    private readonly cost: SelfCost,
    private readonly options: CompiledProbeOptions,
  ) {}

  start(): void {
    if (!this.#guard.tripped) setProbe(this);
  }

  stop(): void {
    setProbe(undefined);
    this.#head = undefined;
    this.registry.reset();
    this.registry.rejected.clear();
  }

  /** Called from a `catch`. A full stack is the program's own affair. */
  failed(error: unknown): void {
    if (!(error instanceof RangeError)) this.#guard.trip(error);
  }

  enter(number: number): FunctionTask | undefined {
    if (inSelf()) return undefined;
    const place = this.options.place();
    if (place === undefined) return undefined;
    this.cost.compiledCall.events++;
    const { registry } = this;
    if (registry.live.full) {
      registry.live.refused();
      return undefined;
    }
    const called = compiledFunction(number);
    const birth = this.#birthOf(called);
    const parent = this.#head === undefined ? undefined : this.#parentAtHead(place);
    const task = registry.createCall(place, birth, parent);
    registry.enter(task, task.startMs);
    task.entering = true;
    state.c = 0;
    return task;
  }

  /** At the line that called, where user code did; else at the function itself. */
  #birthOf(called: CompiledFunction): Birth {
    const mark = state.c;
    const known = mark === 0 ? undefined : called.known(mark);
    if (known !== undefined) return known;
    if (mark === 0 && called.patience > 0) {
      called.patience--;
      return called.birth;
    }
    if (!this.options.siteBudget.allows(called.birth)) return called.birth;
    const frames = this.#frames(CALLER_DEPTH);
    const caller = frames.find((frame, index) => index > 0 && frame.origin !== 'builtin');
    const isUser = caller?.origin === 'user';
    const birth = called.birthAt(
      isUser ? caller : called.definition,
      this.options.effort.keepStack ? frames : undefined,
    );
    if (mark !== 0) called.learn(mark, birth);
    else if (isUser) called.nextPatience = 1;
    else {
      called.patience = called.nextPatience;
      called.nextPatience = Math.min(called.nextPatience * 2, MOST_PATIENCE);
    }
    return birth;
  }

  #frames(depth: number): readonly Site[] {
    const start = this.cost.clock();
    this.options.siteBudget.spend();
    const frames = belowHooks(captureFrames(calls.e, depth));
    this.cost.add(start);
    return frames;
  }

  /** Nothing but the stack tells whether an iterator's code still runs inside the function that iterates. */
  #parentAtHead({ scope }: Place): FunctionTask | undefined {
    const head = this.#head as FunctionTask;
    if (this.registry.currentTask() === undefined && this.#isOnStack(head)) {
      return head.scope === scope ? head : undefined;
    }
    this.#head = undefined;
    return undefined;
  }

  #isOnStack({ definition, birth }: FunctionTask): boolean {
    if (definition === undefined || !this.options.siteBudget.allows(birth)) return false;
    return this.#frames(HEAD_DEPTH).some((frame) => {
      const place = frame.origin === 'user' ? locationOf(frame) : undefined;
      return (
        place !== undefined &&
        place.functionName === (definition.functionName ?? undefined) &&
        place.line >= definition.line &&
        place.file === locationOf(definition)?.file
      );
    });
  }

  wait(task: FunctionTask, place: number): void {
    task.waitPlace = place;
    if (!task.waiting) this.registry.leave(task);
    task.waiting = true;
    task.entering = false;
    state.c = 0;
    this.#head = undefined;
  }

  /** The same, but for code that the function has called, or will have called by itself, before it really waits. */
  hand(task: FunctionTask, place: number): void {
    this.wait(task, place);
    this.#head = task;
  }

  goOn(task: FunctionTask): void {
    this.cost.compiledCall.events++;
    task.waiting = false;
    state.c = 0;
    this.#head = undefined;
    this.registry.enterAlone(task);
  }

  /** Whoever asks a generator for more runs it: inside a task, or in a microtask. */
  goOnInside(task: FunctionTask): void {
    if (this.registry.currentTask() === undefined) {
      this.goOn(task);
      return;
    }
    task.waiting = false;
    state.c = 0;
    this.registry.enter(task);
  }

  /** What to return in place of a promise, to hear of its end. `maybe`: something may come between. */
  follow(task: FunctionTask, place: number, value: unknown, maybe: boolean): unknown {
    if (!types.isPromise(value) || !isPlainPromise(value)) return value;
    task.returned = 'promise';
    task.waitPlace = place;
    const followed = new FollowedPromise(value, (outcome) => this.#settled(task, outcome));
    if (maybe) asSelf(() => queueMicrotask(() => queueMicrotask(() => this.#giveUp(task, followed))));
    return followed;
  }

  /** Nobody has asked for the promise that was to be returned: something was thrown on the way out. */
  #giveUp(task: FunctionTask, followed: FollowedPromise): void {
    if (followed.asked || task.ended || !task.waiting || task.returned !== 'promise') return;
    this.registry.end(task, 'rejected');
  }

  leave(task: FunctionTask): void {
    const { registry } = this;
    const { waiting, returned } = task;
    const now = waiting ? registry.clock() : registry.leave(task);
    task.entering = false;
    state.c = 0;
    this.#head = undefined;
    if (returned === 'promise') {
      task.waiting = true;
      return;
    }
    // a generator is left while it waits by whoever asked it to return
    task.outcomeKnown = returned !== 'maybe';
    if (returned === 'no') registry.rejected.add(task);
    registry.end(task, returned === 'no' ? 'rejected' : 'fulfilled', now);
  }

  /** What it returned has settled, and it with that. */
  #settled(task: FunctionTask, outcome: 'fulfilled' | 'rejected'): void {
    try {
      task.outcomeKnown = true;
      task.waiting = false;
      if (outcome === 'rejected') this.registry.rejected.add(task);
      this.registry.end(task, outcome);
    } catch (error) {
      this.failed(error);
    }
  }
}

import { util } from '../../base/builtins.js';
import { Guard } from '../../base/guard.js';
import { asSelf } from '../../base/self.js';
import type { SelfCost } from '../../base/self-cost.js';
import type { Birth } from '../../tasks/birth.js';
import { type FunctionTask, RETURNED } from '../../tasks/function-task.js';
import { belowHooks } from '../../tasks/origin.js';
import type { Place, TaskRegistry } from '../../tasks/registry.js';
import { captureFrames } from '../../tasks/sites/capture.js';
import type { CompiledFunction } from '../../tasks/sites/compiled-modules.js';
import type { SiteBudget } from '../../tasks/sites/site-budget.js';
import type { Site } from '../../tasks/sites/site-table.js';
import { locationOf } from '../../tasks/sites/source-maps.js';
import type { TaskScope } from '../../tasks/task.js';
import type { Effort } from '../effort.js';
import { type Calls, callsOf } from './calls.js';
import { FollowedPromise, isPlainPromise } from './followed-promise.js';

const { isPromise } = util.types;

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
 * stack only where a call is seen for the first time. What happens all the time is in `calls.ts`.
 */
export class CompiledProbe {
  readonly #guard = new Guard('compiled sites', () => this.stop());
  /** What compiled code is to be attached to. */
  readonly calls: Calls;
  readonly place: () => Place | undefined;

  constructor(
    private readonly registry: TaskRegistry,
    private readonly cost: SelfCost,
    private readonly options: CompiledProbeOptions,
  ) {
    this.calls = callsOf(registry, cost);
    this.place = options.place;
  }

  start(): void {
    if (!this.#guard.tripped) this.calls.listen(this);
  }

  stop(): void {
    this.calls.listen(undefined);
    this.registry.reset();
    this.registry.rejected.clear();
  }

  /** Called from a `catch`. A full stack is the program's own affair. */
  failed(error: unknown): void {
    if (!(error instanceof RangeError)) this.#guard.trip(error);
  }

  /** At the line that called, where user code did, announced by `mark`; else at the function itself. */
  birthOf(called: CompiledFunction, mark: number, scope: TaskScope): Birth {
    if (mark === 0 && called.patience > 0) {
      called.patience--;
      return called.birth;
    }
    if (!this.options.siteBudget.allows(called.birth, scope)) return called.birth;
    const frames = this.#frames(CALLER_DEPTH);
    const caller = frames.find((frame, index) => index > 0 && frame.origin !== 'builtin');
    const isUser = caller?.origin === 'user';
    const birth = called.birthAt(
      isUser ? caller : called.definition,
      this.options.effort.keepsStack(mark === 0 ? scope : undefined) ? frames : undefined,
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
    const frames = captureFrames(this.calls.e, depth);
    this.options.siteBudget.spend(frames.length);
    this.cost.add(start);
    return belowHooks(frames);
  }

  /** Nothing but the stack tells whether an iterator's code still runs inside the function that iterates. */
  isAtHead(head: FunctionTask): boolean {
    return this.registry.currentTask() === undefined && this.#isOnStack(head);
  }

  #isOnStack({ definition, birth, scope }: FunctionTask): boolean {
    if (definition === undefined || !this.options.siteBudget.allows(birth, scope)) return false;
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

  /** What to return in place of a promise, to hear of its end. `maybe`: something may come between. */
  follow(task: FunctionTask, place: number, value: unknown, maybe: boolean, kept: boolean): unknown {
    if (!isPromise(value) || !isPlainPromise(value)) return value;
    // once a function has waited its own promise is about, and V8 refuses that one: it has to see it
    if (kept && task.runs > 1) {
      task.returned = RETURNED.MAYBE;
      return value;
    }
    task.returned = RETURNED.PROMISE;
    task.waitPlace = place;
    const followed = new FollowedPromise(value, (outcome) => this.#settled(task, outcome));
    if (maybe) asSelf(() => queueMicrotask(() => queueMicrotask(() => this.#giveUp(task, followed))));
    return followed;
  }

  /** Nobody has asked for the promise that was to be returned: something was thrown on the way out. */
  #giveUp(task: FunctionTask, followed: FollowedPromise): void {
    if (followed.asked || task.ended || !task.waiting || task.returned !== RETURNED.PROMISE) return;
    this.registry.end(task, 'rejected');
  }

  /** The body of a function is left that has not said that it returns a value. */
  leave(task: FunctionTask): void {
    const { registry } = this;
    const { returned } = task;
    if (returned === RETURNED.PROMISE) {
      if (!task.waiting) registry.functionCalls.pause(task);
      task.waiting = true;
      return;
    }
    task.outcomeKnown = returned !== RETURNED.MAYBE;
    if (returned === RETURNED.NO) registry.rejected.add(task);
    registry.functionCalls.end(task, returned !== RETURNED.NO);
  }

  /** What it returned has settled, and it with that; without an `outcome` nobody will hear how. */
  #settled(task: FunctionTask, outcome: 'fulfilled' | 'rejected' | undefined): void {
    try {
      task.outcomeKnown = outcome !== undefined;
      task.waiting = false;
      if (outcome === 'rejected') this.registry.rejected.add(task);
      this.registry.end(task, outcome ?? 'fulfilled');
    } catch (error) {
      this.failed(error);
    }
  }
}

import { type AsyncHook, createHook, executionAsyncResource } from 'node:async_hooks';
import { BoundedMap } from '../base/bounded-map.js';
import { Guard } from '../base/guard.js';
import { inSelf } from '../base/self.js';
import type { SelfCost } from '../base/self-cost.js';
import { UNSEEN } from '../tasks/birth.js';
import { type ResourceKind, resourceKindOf } from '../tasks/kinds.js';
import { belowHooks, originOfResource, type ResourceOrigin, samePlace } from '../tasks/origin.js';
import type { Place, TaskRegistry } from '../tasks/registry.js';
import { captureFrames } from '../tasks/sites/capture.js';
import type { SiteBudget } from '../tasks/sites/site-budget.js';
import type { Site } from '../tasks/sites/site-table.js';
import { stampOf } from '../tasks/stamp.js';
import type { Task, TaskScope } from '../tasks/task.js';
import type { Effort } from './effort.js';
import { warnOfOldNode } from './old-node.js';
import type { PromiseProbe } from './promise-probe.js';
import { isHidden, isNodesOwn, isNodesTimer, isTold, nameOf, ownershipOf } from './resource-facts.js';

export interface ResourceProbeOptions {
  place(): Place | undefined;
  depth: number;
  siteBudget: SiteBudget;
  effort: Effort;
  /** Also the kinds that are shown in debug mode only. */
  all: boolean;
}

interface Tracked {
  task: Task;
  kind: ResourceKind;
}

const LONGEST_LOOK_MS = 0.2;
const LIVE_LIMIT = 20_000;
/** Enough to know that the user's function is an executor of `new Promise`. */
const FRAMES_BELOW_USER = 1;

/** Tasks of timers, I/O and user `AsyncResource`s, through `async_hooks`; promises are left to `PromiseProbe`. */
export class ResourceProbe {
  readonly #hook: AsyncHook;
  readonly #tracked: BoundedMap<number, Tracked>;
  readonly #guard = new Guard('async hook', () => this.stop());
  /** Timers that Node set for itself, as those of a socket: it sets them anew for each request. */
  readonly #nodesTimers = stampOf<true>();
  /** The promise whose first resource was looked at. */
  #lookedFor: Task | undefined;
  #running = false;
  /** Node reports promises here as well: before 24.14 it does. */
  #seesPromises = false;

  constructor(
    private readonly registry: TaskRegistry,
    private readonly promises: PromiseProbe,
    private readonly cost: SelfCost,
    private readonly options: ResourceProbeOptions,
  ) {
    this.#tracked = new BoundedMap(LIVE_LIMIT);
    // once: hooks go on and off with every trace
    warnOfOldNode();
    this.#hook = createHook({
      init: this.#init,
      before: this.#before,
      after: this.#after,
      // honoured from Node 24.14 on; older ones report promises too, which #init leaves out
      trackPromises: false,
    } as Parameters<typeof createHook>[0]);
  }

  start(): void {
    if (this.#running || this.#guard.tripped) return;
    this.#running = true;
    this.#hook.enable();
  }

  /** Until `start`: what is tracked is kept. */
  pause(): void {
    if (!this.#running) return;
    this.#running = false;
    this.#hook.disable();
  }

  stop(): void {
    this.pause();
    this.#tracked.clear();
    this.#lookedFor = undefined;
  }

  readonly #init = (asyncId: number, type: string, _trigger: number, resource: object): void => {
    this.cost.resourceHook.events++;
    if (type === 'PROMISE') {
      this.#seesPromises = true;
      return;
    }
    if (inSelf()) return;
    try {
      const kind = resourceKindOf(type);
      if (!this.options.all && kind.hidden !== 'carrier' && isHidden(type, kind)) return;
      const place = this.options.place();
      if (place === undefined) return;
      if (kind.kind === 'timer' && this.#nodesTimers.get(resource)) {
        this.registry.leftOut(place.scope);
        return;
      }
      const start = this.cost.clock();
      this.#create(asyncId, type, kind, resource, place);
      this.cost.add(start, LONGEST_LOOK_MS);
    } catch (error) {
      this.#guard.trip(error);
    }
  };

  #create(asyncId: number, type: string, kind: ResourceKind, resource: object, place: Place): void {
    const { all, effort } = this.options;
    const keepStack = effort.keepsStack(place.scope);
    const current = this.registry.currentTask();
    const frames = this.#mayCapture(current, place.scope, kind.hidden !== undefined)
      ? this.#frames(keepStack)
      : [];
    const origin = originOfResource(frames, current);
    if (all && kind.hidden === 'carrier' && origin.ownership === 'internal' && !isTold(current)) {
      this.registry.leftOut(place.scope);
      return;
    }
    if (this.#goesOn(asyncId, type, kind, origin, current?.request)) return;
    if (kind.kind === 'timer' && isNodesTimer(frames)) this.#nodesTimers.set(resource, true);
    const task = this.registry.create(place, {
      kind: kind.kind,
      type,
      name: nameOf(type, kind, resource, origin),
      ownership: ownershipOf(kind, origin, all),
      site: origin.site,
      beside: origin.carried === true,
      stack: keepStack ? frames : undefined,
    });
    if (task.ownership === 'user') wrap(task, this.promises.constructing, origin);
    if (kind.kind === 'timer') this.registry.watchTimer(task, resource);
    task.carrier = kind.kind === 'io' || kind.hidden === 'carrier' || isNodesOwn(kind, origin);
    task.serves = origin.name;
    task.request = origin.carried ? current?.request : undefined;
    if (kind.continues) {
      task.request = task;
      task.requests = 1;
    }
    this.#tracked.set(asyncId, { task, kind });
  }

  /** An operation whose promise was looked at is told whole: by what its executor starts, at the price of a debt. */
  #mayCapture(current: Task | undefined, scope: TaskScope, minor: boolean): boolean {
    const { constructing } = this.promises;
    if (constructing === undefined || constructing === this.#lookedFor) {
      return this.options.siteBudget.allows(current?.birth ?? UNSEEN, scope, minor);
    }
    this.#lookedFor = constructing;
    return true;
  }

  /** Reading a file is opening, reading again and again, closing: one operation, as it was called. */
  #goesOn(
    asyncId: number,
    type: string,
    kind: ResourceKind,
    origin: ResourceOrigin,
    request: Task | undefined,
  ): boolean {
    if (!kind.continues || !origin.carried || request?.type !== type) return false;
    if (request.span !== undefined || request.scope.closed) return false;
    this.registry.goOn(request);
    request.requests++;
    this.#tracked.set(asyncId, { task: request, kind });
    return true;
  }

  #frames(keepStack: boolean): readonly Site[] {
    const beyond = keepStack ? undefined : FRAMES_BELOW_USER;
    const frames = captureFrames(this.#init, this.options.depth, beyond);
    this.options.siteBudget.spend(frames.length);
    return belowHooks(frames);
  }

  readonly #before = (asyncId: number): void => {
    try {
      this.cost.resourceHook.events++;
      const tracked = this.#tracked.get(asyncId);
      // a microtask is no turn of the loop
      if (this.#seesPromises && tracked === undefined && executionAsyncResource() instanceof Promise) return;
      this.registry.turn(tracked?.kind.hidden === 'carrier');
      if (tracked !== undefined) this.registry.enter(tracked.task);
      else if (this.options.all) this.registry.beginUnowned(asyncId);
    } catch (error) {
      this.#guard.trip(error);
    }
  };

  readonly #after = (asyncId: number): void => {
    try {
      this.cost.resourceHook.events++;
      if (this.registry.endUnowned(asyncId)) return;
      const tracked = this.#tracked.get(asyncId);
      if (tracked === undefined) return;
      const { task, kind } = tracked;
      const now = this.registry.leave(task);
      const outcome = kind.ending === 'repeat-or-first' ? this.registry.timerAfterRun(task) : 'completed';
      if (outcome === 'pending') return;
      if (kind.ending !== 'last-run') this.#tracked.delete(asyncId);
      if (kind.continues && --task.requests > 0) return;
      // where more runs may follow, each moves the end on
      this.registry.end(task, outcome, now);
    } catch (error) {
      this.#guard.trip(error);
    }
  };
}

/** Both are made by the same call: the promise, and the operation that its executor or the library starts for it. */
function wrap(task: Task, maker: Task | undefined, origin: ResourceOrigin): void {
  if (maker === undefined || maker.scope !== task.scope) return;
  const same = maker.ownership === 'user' ? origin.inExecutor : samePlace(maker.site, task.site);
  if (!same) return;
  task.wrapper = maker;
  maker.wrapped++;
  maker.wraps ??= task;
}

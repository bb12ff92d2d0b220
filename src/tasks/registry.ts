import { type Clock, monotonic } from '../base/clock.js';
import type { TaskDescription, TaskOutcome } from '../types.js';
import { describeTask } from './description.js';
import type { NewTask, Place } from './new-task.js';
import { RunWatch } from './run-watch.js';
import { stampOf } from './stamp.js';
import { Task, type TaskScope } from './task.js';
import { TaskCounts } from './task-counts.js';

export type { NewTask, Place };

const DEPTH_LIMIT = 256;
const CLOCK_EVERY = 16;
const MICROTASK = -1;
/** The depth of a microtask of no known task. */
const UNOWNED = -1;
/** Entries whose end was missed may lie below; beyond this they are given up. */
const STACK_LIMIT = 512;

/**
 * The only writer of task state. Knows neither Node's hooks nor OpenTelemetry: probes tell it what happened,
 * scopes are told what was added and what ended.
 *
 * It keeps the synchronous stack of tasks: whose code is running, innermost last. An entry counts only while the
 * execution it was made in goes on, so that a missed exit cannot name a parent in somebody else's callback.
 */
export class TaskRegistry {
  /** A promise's own task. */
  readonly taskOf = stampOf<Task>();
  /** The task that a promise's reactions belong to. */
  readonly ownerOf = stampOf<Task>();
  #nextId = 1;
  readonly #stack: Task[] = [];
  readonly #executions: number[] = [];
  /** Entries in use; what lies above is left over, and overwritten. */
  #depth = 0;
  /** When the running segment of the innermost task began. */
  #segmentStart = 0;
  #topSeenMs = 0;
  #inMicrotask = false;
  #asked = -1;
  #recently = 0;
  readonly counts = new TaskCounts();
  readonly runs = new RunWatch();
  #unowned = false;

  constructor(
    readonly clock: Clock = monotonic,
    private readonly executionId: () => number = () => 0,
  ) {}

  /** A recent reading of the clock, for what need not be exact. */
  get recently(): number {
    if ((++this.#asked & (CLOCK_EVERY - 1)) === 0) this.#recently = this.clock();
    return this.#recently;
  }

  create(place: Place, facts: NewTask, now = this.clock()): Task {
    const parent = this.#parentIn(place.scope, facts.beside === true);
    if (facts.site !== undefined && facts.type === 'PROMISE') this.#topSeenMs = now;
    const task = new Task(
      this.#nextId++,
      facts.kind,
      facts.type,
      facts.name,
      facts.ownership,
      parent,
      place.scope,
      place.spanId,
      now,
      facts.site,
      facts.definition,
      facts.stack,
    );
    const counts = this.counts.of(facts.kind);
    counts.created++;
    counts.active++;
    if (parent?.ownership === 'ignored') task.ownership = 'ignored';
    if (task.ownership !== 'ignored') place.scope.added(task);
    return task;
  }

  #parentIn(scope: TaskScope, beside: boolean): Task | undefined {
    const current = beside ? this.currentTask()?.parent : this.currentTask();
    // a timer that starts the next one for ever would otherwise keep all its predecessors
    return current?.scope === scope && current.depth < DEPTH_LIMIT ? current : undefined;
  }

  /** The innermost task whose code is running. */
  currentTask(): Task | undefined {
    if (this.#depth === 0) return undefined;
    const top = this.#depth - 1;
    return this.#executions[top] === this.#execution() ? this.#stack[top] : undefined;
  }

  /** Node announces each microtask's end, so one needs no id; and on 20 and 22 it has no id yet when it starts. */
  #execution(): number {
    return this.#inMicrotask ? MICROTASK : this.executionId();
  }

  /** Code of `task` starts inside whatever is running: an async function's first segment, a nested callback. */
  enter(task: Task): void {
    const now = this.clock();
    const outer = this.currentTask();
    if (outer) outer.busyMs += now - this.#segmentStart;
    else if (this.#depth >= STACK_LIMIT) this.#depth = 0;
    this.#push(task, now);
  }

  /** Code of `task` ends, and with it whatever it had called and that never said so. Gives the time. */
  leave(task: Task): number {
    return this.#leave(task, true);
  }

  /** `seen`: it ends at this very moment; else some time after it was last seen. */
  #leave(task: Task, seen: boolean): number {
    let index = this.#depth - 1;
    while (index >= 0 && this.#stack[index] !== task) index--;
    if (index < 0 && task.site === undefined) return this.recently;
    const now = this.clock();
    if (index < 0) return now;
    this.#closeRuns(index, now, seen);
    if (index === this.#depth - 1) task.busyMs += now - this.#segmentStart;
    this.#depth = index;
    this.#segmentStart = now;
    if (task.scope.timers.size > 0) this.#endClearedTimers(task.scope, now, task);
    return now;
  }

  /** A microtask starts, of `task` or of nobody we know; nothing can be running below it. */
  resume(task: Task | undefined): void {
    this.#depth = 0;
    this.#inMicrotask = true;
    this.#unowned = task === undefined && this.runs.watching;
    if (task !== undefined) this.#push(task, this.clock());
    else if (this.#unowned) this.runs.begin(UNOWNED, this.clock());
  }

  /** The microtask ends. */
  suspend(): void {
    if (this.#depth > 0 || this.#unowned) {
      const now = this.clock();
      this.#closeRuns(0, now, true);
      this.#endSegment(now);
    }
    this.#inMicrotask = this.#unowned = false;
  }

  #endSegment(now: number): void {
    if (this.#unowned && this.runs.isNotable(UNOWNED, now)) this.runs.close(UNOWNED, undefined, now);
    if (this.#depth === 0) return;
    const { scope } = this.#stack[0] as Task;
    (this.#stack[this.#depth - 1] as Task).busyMs += now - this.#segmentStart;
    this.#depth = 0;
    if (scope.timers.size > 0) this.#endClearedTimers(scope, now);
  }

  /**
   * No hook tells that an async function has returned another promise: it is over when its frame is gone.
   * `isRunning` says whether the stack still holds a task's function.
   */
  leaveReturned(isRunning: (task: Task) => boolean): void {
    for (let top = this.currentTask(); top?.entering === true && !isRunning(top); top = this.currentTask()) {
      top.entering = false;
      this.#leave(top, false);
    }
  }

  /** The run at `index` is over, and those above it that never said so: known to have run until they were last seen. */
  #closeRuns(index: number, now: number, seen: boolean): void {
    for (let at = this.#depth - 1; at >= index; at--) {
      const endMs = at === index && seen ? now : Math.max(this.#segmentStart, this.#topSeenMs);
      if (!this.runs.isNotable(at, endMs)) continue;
      // one that was left over from another execution has been idle since
      if (this.#executions[at] === this.#execution()) this.runs.close(at, this.#stack[at], endMs);
    }
  }

  end(task: Task, outcome: TaskOutcome, now = this.clock()): void {
    if (task.endMs < 0) this.counts.of(task.kind).active--;
    task.endMs = now;
    task.outcome = outcome;
    if (task.resource !== undefined) {
      task.resource = undefined;
      task.scope.timers.delete(task);
    }
    task.scope.ended(task);
  }

  /** What seemed over goes on with another request: `end` is called again. */
  goOn(task: Task): void {
    if (!task.ended) return;
    task.endMs = -1;
    task.outcome = 'pending';
    this.counts.of(task.kind).active++;
  }

  /** So much of what runs now was the instrumentation's own work, and no task's. */
  discount(ms: number): void {
    this.#segmentStart += ms;
  }

  /** Nothing runs under the hooks any more, and nothing is kept. */
  reset(): void {
    this.suspend();
    this.#stack.length = 0;
  }

  /** Nobody will hear of it any more. */
  forget(task: Task): void {
    if (task.endMs < 0) this.counts.of(task.kind).active--;
    task.resource = undefined;
  }

  /** Keeps hold of a live timer: it alone says that it repeats, or was cleared. Let go of when it ends. */
  watchTimer(task: Task, timer: object): void {
    task.resource = timer;
    task.scope.timers.add(task);
  }

  /** What a timer is after a run: over, or still going, or cleared by its own callback. */
  timerAfterRun(task: Task): TaskOutcome {
    if (typeof task.resource?._repeat !== 'number') return 'completed';
    return task.resource._destroyed === true ? 'cleared' : 'pending';
  }

  #endClearedTimers(scope: TaskScope, now: number, except?: Task): void {
    for (const task of scope.timers) {
      // one that is in its own callback is destroyed by Node as soon as that returns
      if (task.resource?._destroyed === true && task !== except) this.end(task, 'cleared', now);
    }
  }

  /** The task whose code is running now. */
  current(): TaskDescription | undefined {
    const task = this.currentTask();
    return task && describeTask(task);
  }

  /** The task of a promise, where it is tracked. */
  describePromise(promise: object): TaskDescription | undefined {
    const task = this.taskOf.get(promise) ?? this.ownerOf.get(promise);
    return task && describeTask(task);
  }

  /** The promise was rejected and nobody handled it. */
  markUnhandled(promise: object, errorName: string): void {
    const task = this.taskOf.get(promise);
    if (task === undefined) return;
    task.outcome = 'rejected';
    task.outcomeKnown = true;
    task.unhandledError = errorName;
  }

  #push(task: Task, now: number): void {
    task.runs++;
    this.#stack[this.#depth] = task;
    this.#executions[this.#depth] = this.#execution();
    this.runs.begin(this.#depth, now);
    this.#depth++;
    this.#segmentStart = now;
  }
}

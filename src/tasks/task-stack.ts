import type { Clock } from '../base/clock.js';
import type { FunctionCalls } from './function-calls.js';
import type { TaskRecorder } from './recorder/flight-writer.js';
import { RunWatch } from './run-watch.js';
import type { Task, TaskScope } from './task.js';

const MICROTASK = -1;
/** Entries whose end was missed may lie below; beyond this they are given up. */
const STACK_LIMIT = 512;
const DEPTH_LIMIT = 256;

export const TIMES = {
  /** The same as `now`. */
  NOW: 0,
  /** When the running segment of the innermost compiled function began. */
  SEGMENT: 1,
} as const;

/**
 * The synchronous stack of tasks, whose code is running, innermost last. An entry counts only while the execution it was
 * made in goes on, so that a missed exit cannot name a parent in somebody else's callback.
 */
export abstract class TaskStack {
  protected readonly stack: Task[] = [];
  readonly #executions: number[] = [];
  /** Entries in use; what lies above is left over, and overwritten. */
  depth = 0;
  /** When the running segment of the innermost task began. */
  protected segmentStart = 0;
  /** When the innermost task was last known to be running. */
  #topSeenMs = 0;
  protected inMicrotask = false;
  /** The microtask is over, its end unread: it may go on with the next. */
  protected over = false;
  /** The last reading of the clock. */
  now = 0;
  /** For compiled functions: see `TIMES`. What has more than 64 bytes lies outside of the engine's heap, so that its code knows where. */
  readonly times = new Float64Array(16);
  /** Whether time may have gone by since the last reading of the clock that nobody read. */
  protected stale = true;
  /** Whether any scope ever had a live timer. */
  hadTimers = false;
  /** Compares each run with a threshold. */
  readonly runs = new RunWatch();
  /** Of compiled functions, what this stack has not been told: those run on top of it. */
  protected calls: FunctionCalls | undefined;
  /** Writes down what happens, while somebody wants it. */
  recorder: TaskRecorder | undefined;

  constructor(
    readonly clock: Clock,
    readonly executionId: () => number,
  ) {}

  read(): number {
    const now = this.clock();
    this.stale = false;
    this.now = now;
    this.times[TIMES.NOW] = now;
    return now;
  }

  /** The innermost task whose code is running. */
  currentTask(): Task | undefined {
    if (this.calls?.any === true) return this.calls.current(this.#execution());
    return this.#current();
  }

  #current(): Task | undefined {
    if (this.depth === 0 || this.over) return undefined;
    const top = this.depth - 1;
    return this.#executions[top] === this.#execution() ? this.stack[top] : undefined;
  }

  /** Node announces each microtask's end, so one needs no id; and on 20 and 22 it has no id yet when it starts. */
  #execution(): number {
    return this.inMicrotask ? MICROTASK : this.executionId();
  }

  /** Code of `task` starts inside whatever is running: an async function's first segment, a nested callback. */
  enter(task: Task, now = this.read()): void {
    if (this.over) this.finish(now);
    this.#takeOver();
    const outer = this.#current();
    if (outer) outer.busyMs += now - this.segmentStart;
    else if (this.depth >= STACK_LIMIT) this.depth = 0;
    this.push(task, now);
  }

  /** A function is called that this stack is not told of, on top of it. Gives its parent, where it has one in `scope`. */
  interrupt(now: number, scope: TaskScope): Task | undefined {
    const outer = this.#current();
    if (outer !== undefined) outer.busyMs += now - this.segmentStart;
    else if (this.depth >= STACK_LIMIT) this.depth = 0;
    return outer !== undefined && isWithin(outer, scope) ? outer : undefined;
  }

  /** It is over. */
  goBack(now: number): void {
    this.segmentStart = this.#topSeenMs = now;
  }

  /** What runs on top of this stack becomes part of it. */
  #takeOver(): void {
    if (this.calls?.any !== true) return;
    this.segmentStart = this.#topSeenMs = this.calls.handOver((task) => {
      this.stack[this.depth] = task;
      this.#executions[this.depth] = task.execution;
      this.runs.begin(this.depth, task.runStartMs);
      this.depth++;
    });
  }

  /** Code of `task` ends, and with it whatever it had called and that never said so. Gives the time. */
  leave(task: Task, now?: number): number {
    this.#takeOver();
    return this.leaveAt(task, true, now);
  }

  /** `seen`: it ends at this very moment; else some time after it was last seen. */
  protected leaveAt(task: Task, seen: boolean, at?: number): number {
    let index = this.depth - 1;
    while (index >= 0 && this.stack[index] !== task) index--;
    if (index < 0 && task.site === undefined) return this.recently;
    const now = at ?? this.read();
    if (index < 0) return now;
    this.closeRuns(index, now, seen);
    if (index === this.depth - 1) task.busyMs += now - this.segmentStart;
    this.depth = index;
    this.segmentStart = this.#topSeenMs = now;
    if (task.scope.timers.size > 0) this.runEnded(task.scope, task);
    return now;
  }

  /** The run at `index` is over, and those above it that never said so: known to have run until they were last seen. */
  protected closeRuns(index: number, now: number, seen: boolean): void {
    for (let at = this.depth - 1; at >= index; at--) {
      const endMs = at === index && seen ? now : this.#topSeenMs;
      if (this.recorder === undefined && !this.runs.isNotable(at, endMs)) continue;
      // one that was left over from another execution has been idle since
      if (this.#executions[at] !== this.#execution()) continue;
      this.recorder?.ran(at, this.stack[at] as Task, this.runs.startOf(at), endMs);
      if (this.runs.isNotable(at, endMs)) this.runs.close(at, this.stack[at], endMs);
    }
  }

  /** So much of what runs now was the instrumentation's own work, and no task's. */
  discount(ms: number): void {
    this.#takeOver();
    this.segmentStart += ms;
    this.runs.discount(ms);
  }

  /** The innermost task has just been found on the stack. */
  protected seen(now: number): void {
    this.#topSeenMs = now;
  }

  /** A recent reading of the clock, for what need not be exact: not older than the callback that runs. */
  abstract get recently(): number;

  /** The microtask that is over ended at `now`. */
  protected abstract finish(now: number): void;

  /** A run of a task of `scope` has ended; `except` ended with it. */
  abstract runEnded(scope: TaskScope, except?: Task): void;

  protected push(task: Task, now: number): void {
    const { depth } = this;
    task.runs++;
    this.stack[depth] = task;
    this.#executions[depth] = this.#execution();
    this.runs.begin(depth, now);
    this.recorder?.began(depth, task, now);
    this.depth = depth + 1;
    this.segmentStart = this.#topSeenMs = now;
  }
}

/** A timer that starts the next one for ever would otherwise keep all its predecessors. */
export function isWithin(task: Task, scope: TaskScope): boolean {
  return task.place.scope === scope && task.depth < DEPTH_LIMIT;
}

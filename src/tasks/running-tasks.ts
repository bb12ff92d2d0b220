import type { Clock } from '../base/clock.js';
import { RunWatch } from './run-watch.js';
import type { Task, TaskScope } from './task.js';

const CLOCK_EVERY = 16;
const MICROTASK = -1;
/** The depth of a microtask of no known task. */
const UNOWNED = -1;
/** Entries whose end was missed may lie below; beyond this they are given up. */
const STACK_LIMIT = 512;

/**
 * The registry's knowledge of the present: the synchronous stack of tasks, whose code is running, innermost last. An
 * entry counts only while the execution it was made in goes on, so that a missed exit cannot name a parent in somebody
 * else's callback.
 */
export abstract class RunningTasks {
  readonly #stack: Task[] = [];
  readonly #executions: number[] = [];
  /** Entries in use; what lies above is left over, and overwritten. */
  #depth = 0;
  /** When the running segment of the innermost task began. */
  #segmentStart = 0;
  /** When the innermost task was last known to be running. */
  #topSeenMs = 0;
  #inMicrotask = false;
  /** Whether it is one of no known task. */
  #unowned = false;
  #asked = -1;
  #recently = 0;
  /** Compares each run with a threshold. */
  readonly runs = new RunWatch();

  constructor(
    readonly clock: Clock,
    private readonly executionId: () => number,
  ) {}

  /** A recent reading of the clock, for what need not be exact. */
  get recently(): number {
    if ((++this.#asked & (CLOCK_EVERY - 1)) === 0) this.#recently = this.clock();
    return this.#recently;
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
    this.#segmentStart = this.#topSeenMs = now;
    if (task.scope.timers.size > 0) this.runEnded(task.scope, now, task);
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
    if (scope.timers.size > 0) this.runEnded(scope, now);
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
      const endMs = at === index && seen ? now : this.#topSeenMs;
      if (!this.runs.isNotable(at, endMs)) continue;
      // one that was left over from another execution has been idle since
      if (this.#executions[at] === this.#execution()) this.runs.close(at, this.#stack[at], endMs);
    }
  }

  /** So much of what runs now was the instrumentation's own work, and no task's. */
  discount(ms: number): void {
    this.#segmentStart += ms;
    this.runs.discount(ms);
  }

  /** The innermost task has just been found on the stack. */
  protected seen(now: number): void {
    this.#topSeenMs = now;
  }

  /** A run of a task of `scope` has ended; `except` ended with it. */
  protected abstract runEnded(scope: TaskScope, now: number, except?: Task): void;

  /** Nothing runs under the hooks any more, and nothing is kept. */
  reset(): void {
    this.suspend();
    this.#stack.length = 0;
  }

  #push(task: Task, now: number): void {
    task.runs++;
    this.#stack[this.#depth] = task;
    this.#executions[this.#depth] = this.#execution();
    this.runs.begin(this.#depth, now);
    this.#depth++;
    this.#segmentStart = this.#topSeenMs = now;
  }
}

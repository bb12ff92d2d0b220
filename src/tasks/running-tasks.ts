import type { Clock } from '../base/clock.js';
import type { TaskRecorder } from './recorder/flight-writer.js';
import { RunWatch } from './run-watch.js';
import type { Task, TaskScope } from './task.js';

const CLOCK_EVERY = 16;
const MICROTASK = -1;
/** The depth of a microtask of no known task. */
const UNOWNED = -1;
/** So many runs of one emptying of the microtask queue have begin and end read from the clock, each. */
const READ_EACH = 8;
/** So many runs of one task that follow each other are timed as one, where its last was short. */
const TIMED_AS_ONE = 4;
const SHORT_MS = 1;
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
  /** The last reading of the clock, and whether time may have gone by since that nobody read. */
  #now = 0;
  #stale = true;
  #asked = 0;
  /** Runs since the event loop called into JavaScript. */
  #runsOfTurn = 0;
  /** Told when the microtask queue is empty: until then the end of one run is the begin of the next. */
  #awaitsDrain = false;
  /** The microtask is over, its end unread: it may go on with the next. */
  #over = false;
  /** How many more may go on so. */
  #joinable = 0;
  /** Compares each run with a threshold. */
  readonly runs = new RunWatch();
  /** Writes down what happens, while somebody wants it. */
  recorder: TaskRecorder | undefined;

  /** `afterMicrotasks` calls back once when the microtask queue is empty, before anything else; else each run is timed. */
  constructor(
    readonly clock: Clock,
    private readonly executionId: () => number,
    private readonly afterMicrotasks?: (callback: () => void) => void,
  ) {}

  /** A recent reading of the clock, for what need not be exact: not older than the callback that runs. */
  get recently(): number {
    return this.#stale || (++this.#asked & (CLOCK_EVERY - 1)) === 0 ? this.read() : this.#now;
  }

  protected read(): number {
    this.#stale = false;
    this.#now = this.clock();
    return this.#now;
  }

  /** The event loop calls into JavaScript: time may have gone by. */
  turn(): void {
    if (this.#over) this.#finish(this.read());
    this.#stale = true;
    this.#runsOfTurn = 0;
  }

  /** The innermost task whose code is running. */
  currentTask(): Task | undefined {
    if (this.#depth === 0 || this.#over) return undefined;
    const top = this.#depth - 1;
    return this.#executions[top] === this.#execution() ? this.#stack[top] : undefined;
  }

  /** Node announces each microtask's end, so one needs no id; and on 20 and 22 it has no id yet when it starts. */
  #execution(): number {
    return this.#inMicrotask ? MICROTASK : this.executionId();
  }

  /** Code of `task` starts inside whatever is running: an async function's first segment, a nested callback. */
  enter(task: Task, now = this.read()): void {
    if (this.#over) this.#finish(now);
    const outer = this.currentTask();
    if (outer) outer.busyMs += now - this.#segmentStart;
    else if (this.#depth >= STACK_LIMIT) this.#depth = 0;
    this.#push(task, now);
  }

  /** Code of `task` starts with nothing below it: an await is over, as its own code says, without a hook. */
  enterAlone(task: Task): void {
    const now = this.read();
    if (this.#over) this.#finish(now);
    this.#depth = 0;
    this.#inMicrotask = this.#unowned = false;
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
    const now = this.read();
    if (index < 0) return now;
    this.#closeRuns(index, now, seen);
    if (index === this.#depth - 1) task.busyMs += now - this.#segmentStart;
    this.#depth = index;
    this.#segmentStart = this.#topSeenMs = now;
    if (task.scope.timers.size > 0) this.runEnded(task.scope, task);
    return now;
  }

  /** A microtask starts, of `task` or of nobody we know; nothing can be running below it. */
  resume(task: Task | undefined): void {
    this.#inMicrotask = true;
    if (this.#over) {
      if (task !== undefined && this.#stack[0] === task) {
        this.#over = false;
        task.runs++;
        return;
      }
      this.#finish(this.read());
      this.#inMicrotask = true;
    }
    this.#depth = 0;
    this.#unowned = task === undefined && this.runs.watching;
    if (task === undefined && !this.#unowned) return;
    const now = this.#awaitsDrain && !this.#stale ? this.#now : this.read();
    if (task !== undefined) this.#push(task, now);
    else this.runs.begin(UNOWNED, now);
  }

  /** The microtask ends. */
  suspend(): void {
    if (this.#depth === 1 && this.#awaitsDrain && this.#joinable > 0) {
      this.#joinable--;
      this.#over = true;
      this.#inMicrotask = false;
    } else if (this.#depth > 0 || this.#unowned) {
      const length = this.read() - this.#segmentStart;
      this.#joinable = length < SHORT_MS ? TIMED_AS_ONE - 1 : 0;
      this.#finish(this.#now);
      this.#awaitDrain();
    } else {
      this.#inMicrotask = false;
      this.#stale = true;
    }
  }

  /** The microtask that is over ended at `now`. */
  #finish(now: number): void {
    this.#over = false;
    this.#inMicrotask = true;
    this.#closeRuns(0, now, true);
    this.#endSegment(now);
    this.#inMicrotask = this.#unowned = false;
  }

  #awaitDrain(): void {
    if (this.#awaitsDrain) return;
    this.#stale = true;
    if (this.afterMicrotasks === undefined || ++this.#runsOfTurn < READ_EACH) return;
    this.#awaitsDrain = true;
    this.#stale = false;
    this.afterMicrotasks(this.#drained);
  }

  readonly #drained = (): void => {
    this.#awaitsDrain = false;
    this.turn();
  };

  #endSegment(now: number): void {
    if (this.#unowned && this.runs.isNotable(UNOWNED, now)) this.runs.close(UNOWNED, undefined, now);
    if (this.#depth === 0) return;
    const { scope } = this.#stack[0] as Task;
    (this.#stack[this.#depth - 1] as Task).busyMs += now - this.#segmentStart;
    this.#depth = 0;
    if (scope.timers.size > 0) this.runEnded(scope);
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
      if (this.recorder === undefined && !this.runs.isNotable(at, endMs)) continue;
      // one that was left over from another execution has been idle since
      if (this.#executions[at] !== this.#execution()) continue;
      this.recorder?.ran(at, this.#stack[at] as Task, this.runs.startOf(at), endMs);
      if (this.runs.isNotable(at, endMs)) this.runs.close(at, this.#stack[at], endMs);
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
  protected abstract runEnded(scope: TaskScope, except?: Task): void;

  /** Nothing runs under the hooks any more, and nothing is kept. */
  reset(): void {
    this.suspend();
    if (this.#over) this.#finish(this.read());
    this.#stale = true;
    this.#stack.length = 0;
  }

  #push(task: Task, now: number): void {
    task.runs++;
    this.#stack[this.#depth] = task;
    this.#executions[this.#depth] = this.#execution();
    this.runs.begin(this.#depth, now);
    this.recorder?.began(this.#depth, task, now);
    this.#depth++;
    this.#segmentStart = this.#topSeenMs = now;
  }
}

import type { Clock } from '../base/clock.js';
import { NOBODY } from './nobody.js';
import type { Task } from './task.js';
import { TaskStack } from './task-stack.js';

const CLOCK_EVERY = 16;
/** The depth of a microtask, or of a callback, of no known task. */
const UNOWNED = -1;
/** So many runs of one emptying of the microtask queue have begin and end read from the clock, each. */
const READ_EACH = 8;
/** So many runs of one task that follow each other are timed as one, where its last was short. */
const TIMED_AS_ONE = 4;
const SHORT_MS = 1;

/** The registry's knowledge of the present: whose code is running, and since when. */
export abstract class RunningTasks extends TaskStack {
  /** Whether the microtask is one of no known task. */
  #unowned = false;
  /** The resource whose callback runs and that has no task; 0 for none. */
  #unownedId = 0;
  #asked = 0;
  /** Runs since the event loop called into JavaScript. */
  #runsOfTurn = 0;
  /** Told when the microtask queue is empty: until then the end of one run is the begin of the next. */
  #awaitsDrain = false;
  /** How many more may go on so. */
  #joinable = 0;
  /** Counts the callbacks of the event loop; the ticks and microtasks after one are of its turn. */
  protected loopTurn = 1;

  /** `afterMicrotasks` calls back once when the microtask queue is empty, before anything else; else each run is timed. */
  constructor(
    clock: Clock,
    executionId: () => number,
    private readonly afterMicrotasks?: (callback: () => void) => void,
  ) {
    super(clock, executionId);
  }

  /** A recent reading of the clock, for what need not be exact: not older than the callback that runs. */
  get recently(): number {
    return this.stale || (++this.#asked & (CLOCK_EVERY - 1)) === 0 ? this.read() : this.now;
  }

  /** The event loop calls into JavaScript: time may have gone by. `same`: it had not been waited for in between. */
  turn(same = false): void {
    if (!same) this.loopTurn++;
    if (this.over) this.finish(this.read());
    this.stale = true;
    this.calls?.turn();
    this.#runsOfTurn = 0;
  }

  /** The event loop calls back for a resource that no task was made of. */
  beginUnowned(id: number): void {
    this.#unownedId = id;
    const now = this.read();
    this.runs.begin(UNOWNED, now);
    this.recorder?.began(0, NOBODY, now);
  }

  /** A callback returns: says whether it is that. */
  endUnowned(id: number): boolean {
    if (id !== this.#unownedId) return false;
    this.#unownedId = 0;
    const now = this.read();
    this.recorder?.ran(0, NOBODY, this.runs.startOf(UNOWNED), now);
    if (this.runs.isNotable(UNOWNED, now)) this.runs.close(UNOWNED, undefined, now);
    return true;
  }

  /** A microtask starts, of `task` or of nobody we know; nothing can be running below it. */
  resume(task: Task | undefined): void {
    this.inMicrotask = true;
    if (this.over) {
      if (task !== undefined && this.stack[0] === task) {
        this.over = false;
        task.runs++;
        return;
      }
      this.finish(this.read());
      this.inMicrotask = true;
    }
    this.depth = 0;
    this.#unowned = task === undefined && this.runs.watching;
    if (task === undefined && !this.#unowned) return;
    const now = this.#awaitsDrain && !this.stale ? this.now : this.read();
    if (task !== undefined) this.push(task, now);
    else this.runs.begin(UNOWNED, now);
  }

  /** The microtask ends. */
  suspend(): void {
    if (this.depth === 1 && this.#awaitsDrain && this.#joinable > 0) {
      this.#joinable--;
      this.over = true;
      this.inMicrotask = false;
    } else if (this.depth > 0 || this.#unowned) {
      const length = this.read() - this.segmentStart;
      this.#joinable = length < SHORT_MS ? TIMED_AS_ONE - 1 : 0;
      this.finish(this.now);
      this.#awaitDrain();
    } else {
      this.inMicrotask = false;
      this.stale = true;
    }
  }

  protected finish(now: number): void {
    this.over = false;
    this.inMicrotask = true;
    this.closeRuns(0, now, true);
    this.#endSegment(now);
    this.inMicrotask = this.#unowned = false;
  }

  #awaitDrain(): void {
    if (this.#awaitsDrain) return;
    this.stale = true;
    if (this.afterMicrotasks === undefined || ++this.#runsOfTurn < READ_EACH) return;
    this.#awaitsDrain = true;
    this.stale = false;
    this.afterMicrotasks(this.#drained);
  }

  readonly #drained = (): void => {
    this.#awaitsDrain = false;
    this.turn(true);
  };

  #endSegment(now: number): void {
    if (this.#unowned && this.runs.isNotable(UNOWNED, now)) this.runs.close(UNOWNED, undefined, now);
    if (this.depth === 0) return;
    const { scope } = this.stack[0] as Task;
    (this.stack[this.depth - 1] as Task).busyMs += now - this.segmentStart;
    this.depth = 0;
    if (scope.timers.size > 0) this.runEnded(scope);
  }

  /**
   * No hook tells that an async function has returned another promise: it is over when its frame is gone.
   * `isRunning` says whether the stack still holds a task's function.
   */
  leaveReturned(isRunning: (task: Task) => boolean): void {
    for (let top = this.currentTask(); top?.entering === true && !isRunning(top); top = this.currentTask()) {
      top.entering = false;
      this.leaveAt(top, false);
    }
  }

  /** Nothing runs under the hooks any more, and nothing is kept. */
  reset(): void {
    this.suspend();
    if (this.over) this.finish(this.read());
    this.stale = true;
    this.stack.length = 0;
  }
}

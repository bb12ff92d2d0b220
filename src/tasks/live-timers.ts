import type { Task, TaskScope } from './task.js';

/** Of a scope with more live timers, so many are looked at after each run, in turn: a run must not cost more for them. */
const LOOKED_AT = 16;
/** And so many more for each timer that was set since, or the turn would never come round to the old ones. */
const LOOKED_AT_FOR_ADDED = 2;
/** One that was cleared seldom was alone. */
const LOOKED_AT_FOR_CLEARED = 8;

/** Finds timers that were cleared: no hook tells, only Node's own object does. */
export class LiveTimers {
  readonly #turns = new WeakMap<TaskScope, Iterator<Task>>();
  #added = 0;

  constructor(private readonly cleared: (task: Task) => void) {}

  added(): void {
    this.#added++;
  }

  /** After a run: tells of timers of `scope` that are not to fire any more, but for `except`. */
  look(scope: TaskScope, except?: Task): void {
    const { timers } = scope;
    let looks = LOOKED_AT + LOOKED_AT_FOR_ADDED * this.#added;
    this.#added = 0;
    if (timers.size <= looks) {
      this.lookAtAll(scope, except);
      return;
    }
    let turn = this.#turns.get(scope);
    for (; looks > 0; looks--) {
      turn ??= timers.values();
      const { value, done } = turn.next();
      if (done) turn = undefined;
      else if (this.#check(value, except)) looks += LOOKED_AT_FOR_CLEARED;
    }
    if (turn === undefined) this.#turns.delete(scope);
    else this.#turns.set(scope, turn);
  }

  lookAtAll({ timers }: TaskScope, except?: Task): void {
    for (const task of timers) this.#check(task, except);
  }

  #check(task: Task, except: Task | undefined): boolean {
    // one that is in its own callback is destroyed by Node as soon as that returns
    if (task.resource?._destroyed !== true || task === except) return false;
    this.cleared(task);
    return true;
  }
}

import type { Task, TaskScope } from './task.js';

/** Of a scope with more live timers, so many are looked at after each run, in turn: a run must not cost more for them. */
const LOOKED_AT = 16;

/** Finds timers that were cleared: no hook tells, only Node's own object does. */
export class LiveTimers {
  readonly #turns = new WeakMap<TaskScope, Iterator<Task>>();

  constructor(private readonly cleared: (task: Task) => void) {}

  /** After a run: tells of timers of `scope` that are not to fire any more, but for `except`. */
  look(scope: TaskScope, except?: Task): void {
    const { timers } = scope;
    if (timers.size <= LOOKED_AT) {
      for (const task of timers) this.#check(task, except);
      return;
    }
    let turn = this.#turns.get(scope);
    for (let i = 0; i < LOOKED_AT; i++) {
      turn ??= timers.values();
      const { value, done } = turn.next();
      if (done) turn = undefined;
      else this.#check(value, except);
    }
    if (turn === undefined) this.#turns.delete(scope);
    else this.#turns.set(scope, turn);
  }

  #check(task: Task, except: Task | undefined): void {
    // one that is in its own callback is destroyed by Node as soon as that returns
    if (task.resource?._destroyed === true && task !== except) this.cleared(task);
  }
}

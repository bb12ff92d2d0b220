import type { TaskKind } from '../types.js';

export interface TaskCount {
  created: number;
  /** Created, not yet ended, and not forgotten with its trace. */
  active: number;
}

/** How many tasks were tracked, by kind. */
export class TaskCounts {
  readonly #byKind = new Map<TaskKind, TaskCount>();
  /** The same as `of('promise')`, for the many. */
  readonly promises = this.of('promise');

  #calls: TaskCount | undefined;

  /** The same as `of('async_function')`. */
  get calls(): TaskCount {
    this.#calls ??= this.of('async_function');
    return this.#calls;
  }

  of(kind: TaskKind): TaskCount {
    let count = this.#byKind.get(kind);
    if (count === undefined) {
      count = { created: 0, active: 0 };
      this.#byKind.set(kind, count);
    }
    return count;
  }

  entries(): IterableIterator<[TaskKind, Readonly<TaskCount>]> {
    return this.#byKind.entries();
  }
}

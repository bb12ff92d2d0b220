import type { Task } from './task.js';

const Returned = function returned(target: object): object {
  return target;
} as unknown as new (
  target: object,
) => object;

/**
 * What we know of a promise, put on the promise itself as in `stamp.ts`. Two fields in one stamp: a second stamp is a
 * second allocation and one more hidden class. Every promise that is made under the hooks gets one, for to find none
 * is dear: V8 asks for an absent private field in its runtime (some 100 ns, where a stamp costs 30).
 */
export class PromiseMarks extends Returned {
  #own: Task | undefined;
  #owner: Task | undefined;

  private constructor(target: object, own: Task | undefined, owner: Task | undefined) {
    super(target);
    this.#own = own;
    this.#owner = owner;
  }

  /** The promise's own task. */
  static own(promise: object): Task | undefined {
    return #own in promise ? promise.#own : undefined;
  }

  /** The task that its reactions belong to. */
  static owner(promise: object): Task | undefined {
    return #own in promise ? promise.#owner : undefined;
  }

  /** Of a promise that has no marks yet: for the hook that tells of its creation. */
  static begin(promise: object, own: Task | undefined, owner: Task | undefined): void {
    new PromiseMarks(promise, own, owner);
  }

  /** Of a promise that has marks. */
  static setOwn(promise: object, task: Task): void {
    if (#own in promise) promise.#own = task;
  }
}

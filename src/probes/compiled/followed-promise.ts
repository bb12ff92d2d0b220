import { asSelf } from '../../base/self.js';

type Resolve = (value: unknown) => void;

export const promiseThen = Promise.prototype.then;

/** A promise that `return` would hand on without asking user code anything. */
export function isPlainPromise(promise: Promise<unknown>): boolean {
  return (
    Object.getPrototypeOf(promise) === Promise.prototype &&
    !Object.hasOwn(promise, 'then') &&
    !Object.hasOwn(promise, 'constructor') &&
    Promise.prototype.then === promiseThen
  );
}

/**
 * Stands for the promise that an async function returns. V8 asks it for its `then` one microtask later, as it would
 * ask the promise; and there the promise gets the function's own resolvers as its one reaction, so that V8 finds its
 * way from an error to who awaits it. What this reaction makes settles right after the promise has.
 */
export class FollowedPromise {
  readonly #promise: Promise<unknown>;
  readonly #settled: (promise: Promise<unknown>) => void;
  /** Whether it became what the function returns. */
  asked = false;

  constructor(promise: Promise<unknown>, settled: (promise: Promise<unknown>) => void) {
    this.#promise = promise;
    this.#settled = settled;
  }

  // biome-ignore lint/suspicious/noThenProperty: this is what it is for
  then(resolve: Resolve, reject: Resolve): void {
    this.asked = true;
    const promise = this.#promise;
    const settled = this.#settled;
    const handedOn = promiseThen.call(promise, resolve, reject);
    asSelf(() => promiseThen.call(handedOn, () => settled(promise)));
  }
}

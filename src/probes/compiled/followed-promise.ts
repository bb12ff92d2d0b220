import { asSelf } from '../../base/self.js';

type Settle = (value: unknown) => void;

const promiseThen = Promise.prototype.then;

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
 * ask the promise; and there the promise gets the function's own resolver as its one reaction, by which V8 finds its
 * way from an error to who awaits it. What this reaction makes is fulfilled right after the promise was; with a
 * rejection no error comes any more.
 */
export class FollowedPromise {
  readonly #promise: Promise<unknown>;
  readonly #settled: (outcome: 'fulfilled' | 'rejected') => void;
  #rejected = false;
  /** Whether it became what the function returns. */
  asked = false;

  constructor(promise: Promise<unknown>, settled: (outcome: 'fulfilled' | 'rejected') => void) {
    this.#promise = promise;
    this.#settled = settled;
  }

  // biome-ignore lint/suspicious/noThenProperty: this is what it is for
  then(resolve: Settle, reject: Settle): void {
    this.asked = true;
    const handedOn = promiseThen.call(this.#promise, resolve, (error) => {
      this.#rejected = true;
      this.#settled('rejected');
      reject(error);
    });
    asSelf(() => promiseThen.call(handedOn, () => this.#rejected || this.#settled('fulfilled')));
  }
}

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

/** Undefined where that is not known. */
type Outcome = 'fulfilled' | 'rejected' | undefined;

/**
 * Stands for the promise that an async function returns. V8 asks it for its `then` where it would ask the promise, and
 * calls that one microtask later; and there the promise gets the function's own resolver as its one reaction, by which V8
 * finds its way from an error to who awaits it. What this reaction makes is fulfilled right after the promise was; with a
 * rejection no error comes any more.
 */
export class FollowedPromise {
  readonly #promise: Promise<unknown>;
  readonly #settled: (outcome: Outcome) => void;
  #rejected = false;
  /** Whether it became what the function returns. */
  asked = false;

  constructor(promise: Promise<unknown>, settled: (outcome: Outcome) => void) {
    this.#promise = promise;
    this.#settled = settled;
  }

  /** On the way out a `finally` may have made the promise another: then its own `then` is what V8 calls. */
  // biome-ignore lint/suspicious/noThenProperty: this is what it is for
  get then(): (resolve: Settle, reject: Settle) => void {
    this.asked = true;
    if (isPlainPromise(this.#promise)) return this.#follow;
    this.#settled(undefined);
    const promise = this.#promise;
    const { then } = promise;
    return (resolve, reject) => {
      // what is no thenable is the value
      if (typeof then === 'function') Reflect.apply(then, promise, [resolve, reject]);
      else resolve(promise);
    };
  }

  #follow(resolve: Settle, reject: Settle): void {
    const handedOn = promiseThen.call(this.#promise, resolve, (error) => {
      this.#rejected = true;
      this.#settled('rejected');
      reject(error);
    });
    asSelf(() => promiseThen.call(handedOn, () => this.#rejected || this.#settled('fulfilled')));
  }
}

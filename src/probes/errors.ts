import { attempt, Guard, warnOnce } from '../base/guard.js';
import { process } from '../base/process.js';
import { asSelf } from '../base/self.js';
import { read } from '../base/thrown.js';
import type { ErrorOrigin, Stop } from '../types.js';
import { keepOnTop, observeEmit } from './process-emit.js';

/** An error that nobody handled. `N` is what the listener notes on it. */
export interface UnhandledFailure<N> {
  readonly error: unknown;
  readonly origin: ErrorOrigin;
  readonly promise: object | undefined;
  note: N;
}

export interface FailureListener<N> {
  /** At once, while the context of the failing code is active. */
  sighted(error: unknown, origin: ErrorOrigin, promise: object | undefined): N;
  /**
   * As soon as it is known whether the thread ends by it, before the application's listeners run. True: the listener
   * wants to hear of it if it is handled late.
   */
  decided(failure: UnhandledFailure<N>, ends: boolean): boolean;
  /** It was decided that the thread goes on, but then the application's own listener threw. */
  endsAfterAll(failure: UnhandledFailure<N>): void;
  /** A rejection reported before has got a handler after all. */
  handledLate(failure: UnhandledFailure<N>): void;
}

export interface ErrorsProbe {
  stop: Stop;
  /** To be called now and then: the application may replace `process.emit` at any time. */
  check(): void;
}

const EVENTS = [
  'unhandledRejection',
  'uncaughtExceptionMonitor',
  'uncaughtException',
  'rejectionHandled',
  'exit',
];

// taken before fake timers of a test can replace it
const nextTick = process.nextTick;

/**
 * Reads from the sequence of events what Node is doing, so that it need not know the mode
 * (`--unhandled-rejections`, also in `NODE_OPTIONS` or a configuration file):
 *
 *   throw    unhandledRejection; if no listener: uncaughtExceptionMonitor, then as an exception
 *   strict   uncaughtExceptionMonitor, as an exception; if that was handled: unhandledRejection
 *   warn, warn-with-error-code, none     unhandledRejection alone
 *   exception    uncaughtExceptionMonitor, then the capture callback if there is one, else uncaughtException;
 *                the thread ends if nobody listens to that one
 */
export function startErrorsProbe<N>(listener: FailureListener<N>): ErrorsProbe {
  const machine = new FailureMachine(listener);
  const guard = new Guard('the errors probe', () => stop?.());
  const before = guard.wrap((event: string, args: readonly unknown[]) => machine.before(event, args));
  const after = guard.wrap((event: string, completed: boolean) => machine.after(event, completed));
  const stop = observeEmit(EVENTS, { before, after });
  if (stop !== undefined) {
    const check = () => {
      if (!guard.tripped && !keepOnTop()) warnOnce('process.emit', REPLACED);
    };
    return { check, stop };
  }
  return startMonitor(guard.wrap((error: unknown, origin: unknown) => machine.monitorOnly(error, origin)));
}

const REPLACED =
  'process.emit was replaced again and again; rejections that do not end the process may be missed.';
const FROZEN =
  'process.emit cannot be wrapped (frozen?): of unhandled errors only those are seen that Node treats as uncaught.';

/** Where `process.emit` is out of reach. A listener to the monitor changes nothing in what Node does. */
function startMonitor(onMonitor: (error: unknown, origin: unknown) => void): ErrorsProbe {
  warnOnce('process.emit frozen', FROZEN);
  const heard = (error: unknown, origin: unknown) => onMonitor(error, origin);
  try {
    process.on('uncaughtExceptionMonitor', heard);
  } catch {
    return { check() {}, stop() {} }; // all of `process` is frozen
  }
  return { check() {}, stop: () => void process.off('uncaughtExceptionMonitor', heard) };
}

class FailureMachine<N> {
  /** Sighted and not decided yet; what follows in the same turn decides. */
  #pending: UnhandledFailure<N> | undefined;
  /** The failure an `uncaughtExceptionMonitor` event was about, until the next one. */
  #monitored: UnhandledFailure<N> | undefined;
  /** In strict mode: reported as an exception, the event with its promise may follow. */
  #strict: UnhandledFailure<N> | undefined;
  #strictRemembered = false;
  /** Only of those that may have to be told of again: in a flood each entry costs the garbage collector. */
  readonly #byPromise = new WeakMap<object, UnhandledFailure<N>>();

  constructor(private readonly listener: FailureListener<N>) {}

  before(event: string, args: readonly unknown[]): void {
    if (event === 'unhandledRejection') this.#rejection(args[0], args[1]);
    else if (event === 'uncaughtExceptionMonitor') this.#monitor(args[0], args[1]);
    else if (event === 'uncaughtException') this.#exception();
    else if (event === 'rejectionHandled') this.#handledLate(args[0]);
    else this.#decideAtExit();
  }

  after(event: string, completed: boolean): void {
    const failure = this.#monitored;
    if (completed || failure === undefined) return;
    if (event !== 'uncaughtException' && event !== 'uncaughtExceptionMonitor') return;
    // an error thrown while an uncaught one is being handled ends the thread, past every listener
    this.#monitored = undefined;
    if (this.#pending === failure) this.#decide(failure, true);
    else this.listener.endsAfterAll(failure);
  }

  monitorOnly(error: unknown, origin: unknown): void {
    this.#monitor(error, origin);
    this.#exception();
  }

  #rejection(reason: unknown, promise: unknown): void {
    const strict = this.#strict;
    this.#strict = undefined;
    if (strict !== undefined && isSame(strict.error, reason)) {
      if (isObject(promise) && this.#strictRemembered) this.#byPromise.set(promise, strict);
      return;
    }
    this.#decideNow();
    const failure = this.#sight(reason, 'unhandled_rejection', isObject(promise) ? promise : undefined);
    if (process.listenerCount('unhandledRejection') > 0) this.#decide(failure, false);
    else this.#decideSoon(failure);
  }

  #monitor(error: unknown, origin: unknown): void {
    const fromPromise = origin === 'unhandledRejection';
    const pending = this.#pending;
    const same = fromPromise && pending?.promise !== undefined && isSame(error, pending.error);
    if (!same) this.#decideNow();
    const failure =
      same && pending !== undefined
        ? pending
        : this.#sight(error, fromPromise ? 'unhandled_rejection' : 'uncaught_exception', undefined);
    this.#strict = fromPromise && !same ? failure : undefined;
    this.#strictRemembered = false;
    this.#monitored = failure;
    // nothing tells of the capture callbacks added to Node 26's list: where one takes the error, no event follows
    if (process.hasUncaughtExceptionCaptureCallback()) this.#decide(failure, false);
    this.#decideSoon(failure);
  }

  #exception(): void {
    const failure = this.#pending;
    if (failure === undefined || failure !== this.#monitored) return; // emitted by the application itself
    this.#decide(failure, process.listenerCount('uncaughtException') === 0);
  }

  #handledLate(promise: unknown): void {
    this.#decideNow();
    if (!isObject(promise)) return;
    const failure = this.#byPromise.get(promise);
    this.#byPromise.delete(promise);
    if (failure !== undefined) this.listener.handledLate(failure);
  }

  #sight(error: unknown, origin: ErrorOrigin, promise: object | undefined): UnhandledFailure<N> {
    const failure = { error, origin, promise, note: this.listener.sighted(error, origin, promise) };
    this.#pending = failure;
    return failure;
  }

  #decide(failure: UnhandledFailure<N>, ends: boolean): void {
    this.#pending = undefined;
    const remembered = this.listener.decided(failure, ends);
    if (!remembered) return;
    if (failure.promise !== undefined) this.#byPromise.set(failure.promise, failure);
    else if (failure === this.#strict) this.#strictRemembered = true;
  }

  /** What nothing more was said about goes on. */
  #decideNow(): void {
    if (this.#pending !== undefined) this.#decide(this.#pending, false);
  }

  /** A listener to the monitor has called `process.exit()`: nothing more will be said. */
  #decideAtExit(): void {
    if (this.#pending !== undefined) this.#decide(this.#pending, true);
  }

  #decideSoon(failure: UnhandledFailure<N>): void {
    const decide = () => {
      if (this.#pending === failure) this.#decide(failure, false);
      // the error itself must not stay alive
      if (this.#monitored === failure) this.#monitored = undefined;
      if (this.#strict === failure) this.#strict = undefined;
    };
    asSelf(() => nextTick(() => attempt('the errors probe', decide)));
  }
}

/** Node throws reasons that are no errors inside one of its own. */
function isSame(thrown: unknown, reason: unknown): boolean {
  if (thrown === reason || Object.is(thrown, reason)) return true;
  return isObject(thrown) && read(thrown, 'code') === 'ERR_UNHANDLED_REJECTION';
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

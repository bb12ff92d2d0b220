import { attempt } from '../../base/guard.js';
import { process } from '../../base/process.js';
import { asSelf } from '../../base/self.js';
import { observeEmit } from '../../probes/process-emit.js';
import type { Stop } from '../../types.js';

type Process = typeof process & { _exiting?: boolean; reallyExit?: (code?: number) => never };

// taken before fake timers of a test can replace it
const nextTick = process.nextTick;

/**
 * Calls `last` when the process ends by itself, by `process.exit()` or by an error: after the application's own `exit`
 * listeners, which may still end spans. A listener of ours could be counted, removed, and left out where one of theirs
 * throws, so the event is observed from outside; `process.reallyExit` is what is left when a listener calls
 * `process.exit()` and the line stops there.
 */
export function onLastExit(last: () => void): Stop {
  let called = false;
  let stopped = false;
  const goesOn = () => {
    called = false;
  };
  const once = () => {
    if (called || stopped) return;
    called = true;
    attempt('the last delivery', last);
    // comes only where the process does not end after all: somebody caught an error, or a test put stubs in place
    asSelf(() => nextTick(goesOn));
  };
  const line = new LineOfListeners(once);
  const stopObserving = observeEmit(LineOfListeners.EVENTS, line) ?? listen(once);
  const stopLastResort = lastResort(once);
  return () => {
    stopObserving();
    stopLastResort();
    stopped = true;
  };
}

/** Tells where the application's `exit` listeners have been through for good. */
class LineOfListeners {
  static readonly EVENTS = ['exit', 'uncaughtExceptionMonitor', 'uncaughtException'];
  /** An `exit` within an `exit` is the application's. */
  #depth = 0;
  /** An error that nobody handles: Node emits `exit` next, and says nothing about what is thrown there. */
  #dies = false;
  /** A listener threw, and Node treats that as an uncaught error: it has to be in what is delivered. */
  #awaitsError = false;
  /** Node has an uncaught error in hand. What a listener throws then ends the thread, without an `exit`. */
  #handlesError = false;

  constructor(private readonly isOver: () => void) {}

  before(event: string): void {
    if (event === 'exit') this.#depth++;
    else if (event === 'uncaughtException') this.#dies = process.listenerCount('uncaughtException') === 0;
    else {
      this.#handlesError = true;
      asSelf(() =>
        nextTick(() => {
          this.#handlesError = false;
        }),
      );
    }
  }

  afterAll(event: string, completed: boolean): void {
    if (event === 'exit') {
      this.#depth--;
      if (this.#depth > 0 || !isExiting()) return;
      this.#awaitsError = !completed && !this.#dies;
      if (!this.#awaitsError) this.isOver();
      return;
    }
    if (!completed && this.#handlesError) this.isOver();
    else if (this.#awaitsError && this.#depth === 0 && isExiting() && isHandled(event)) {
      this.#awaitsError = false;
      this.isOver();
    }
  }
}

/** Whether Node has told everybody of an uncaught error: a capture callback is told without an event. */
function isHandled(event: string): boolean {
  return event === 'uncaughtException' || process.hasUncaughtExceptionCaptureCallback();
}

/** Programs emit `exit` themselves, to try their own listeners, and go on. */
function isExiting(): boolean {
  return (process as Process)._exiting === true;
}

/** Where `process.emit` is out of reach (frozen). */
function listen(once: () => void): Stop {
  const heard = () => {
    if (isExiting()) once();
  };
  attempt('the last delivery', () => process.on('exit', heard));
  return () => void process.off('exit', heard);
}

function lastResort(once: () => void): Stop {
  const holder = process as Process;
  const original = holder.reallyExit;
  if (typeof original !== 'function') return () => {};
  const reallyExit = function (this: unknown, code?: number): never {
    once();
    return original.call(this as Process, code) as never;
  };
  attempt('the last delivery', () => {
    holder.reallyExit = reallyExit;
  });
  return () => {
    if (holder.reallyExit === reallyExit) holder.reallyExit = original;
  };
}

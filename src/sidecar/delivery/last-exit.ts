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
  const stopObserving = observeEmit(['exit', 'uncaughtException'], line) ?? listen(once);
  const stopLastResort = lastResort(once);
  return () => {
    stopObserving();
    stopLastResort();
    stopped = true;
  };
}

/** Tells where the application's `exit` listeners have been through for good. */
class LineOfListeners {
  /** An `exit` within an `exit` is the application's. */
  #depth = 0;
  /** An error that nobody handles: Node emits `exit` next, and says nothing about what is thrown there. */
  #dies = false;
  /** A listener threw, and Node treats that as an uncaught error: it has to be in what is delivered. */
  #awaitsError = false;

  constructor(private readonly isOver: () => void) {}

  before(event: string): void {
    if (event === 'exit') this.#depth++;
    else this.#dies = process.listenerCount('uncaughtException') === 0;
  }

  after(event: string, completed: boolean): void {
    if (event === 'exit') this.#depth--;
    else if (!this.#awaitsError) return;
    if (this.#depth > 0 || !isExiting()) return;
    this.#awaitsError = event === 'exit' && !completed && !this.#dies;
    if (!this.#awaitsError) this.isOver();
  }
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

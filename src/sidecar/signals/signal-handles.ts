import { constants } from 'node:os';
import { internalBinding } from '../internals.js';
import type { SharedMemory } from '../shared-memory.js';
import { CRASH_SIGNALS, type CrashSignal, changeHold, HOLD, holdOf, isWanted } from './signal-words.js';

interface SignalHandle {
  onsignal: () => void;
  /** 0, or what went wrong. */
  start(number: number): number;
  unref(): void;
  /** `closed` is called in the same turn of the loop, or in a later one where a signal for the handle is still in the pipe. */
  close(closed?: () => void): void;
}
/**
 * Node's own class behind `process.on('SIGTERM')`. A worker thread's `process` offers no signals; libuv has a handle on
 * each loop that wants one, and gives the kernel its default back when the last is closed.
 */
type SignalClass = new () => SignalHandle;

/** The sidecar's handles: one for each signal that the main thread wants held. */
export class SignalHandles {
  readonly #handles = new Map<CrashSignal, SignalHandle>();
  #Signal: SignalClass | undefined;

  constructor(
    private readonly memory: SharedMemory,
    /** Of the signals that end the process. */
    private readonly came: (signal: CrashSignal) => void,
  ) {}

  /** @throws where there are no handles to be had. */
  align(): void {
    for (const signal of CRASH_SIGNALS) {
      const handle = this.#handles.get(signal);
      const wanted = isWanted(this.memory, signal);
      if (handle === undefined) {
        if (wanted) this.#hold(signal);
      } else if (!wanted || holdOf(this.memory, signal) === HOLD.LEFT) {
        // what has come already is to be heard first: of what is ready, the loop takes signals last
        setImmediate(() => this.#letGo(signal, handle));
      }
    }
  }

  /** Gives all of them back to the kernel. */
  close(): void {
    for (const handle of this.#handles.values()) handle.close();
    this.#handles.clear();
  }

  #hold(signal: CrashSignal): void {
    this.#Signal ??= (internalBinding('signal_wrap') as { Signal: SignalClass }).Signal;
    if (!changeHold(this.memory, signal, HOLD.NONE, HOLD.HELD)) return;
    // whoever wants it no longer has cleared the mark before looking whether it is held
    if (isWanted(this.memory, signal)) {
      const handle = new this.#Signal();
      handle.unref();
      handle.onsignal = () => {
        if (changeHold(this.memory, signal, HOLD.HELD, HOLD.OURS)) this.came(signal);
      };
      if (handle.start(constants.signals[signal]) === 0) {
        this.#handles.set(signal, handle);
        return;
      }
      handle.close();
    }
    changeHold(this.memory, signal, HOLD.HELD, HOLD.NONE);
  }

  #letGo(signal: CrashSignal, handle: SignalHandle): void {
    if (this.#handles.get(signal) !== handle || holdOf(this.memory, signal) === HOLD.OURS) return;
    this.#handles.delete(signal);
    let isClosed = false;
    handle.close(() => {
      isClosed = true;
    });
    // the turn ends with what is closed; one that came since this turn looked for signals keeps the handle open
    setImmediate(() => {
      if (!isClosed && changeHold(this.memory, signal, HOLD.HELD, HOLD.OURS)) return this.came(signal);
      for (const hold of [HOLD.HELD, HOLD.LEFT]) changeHold(this.memory, signal, hold, HOLD.NONE);
      if (isWanted(this.memory, signal)) this.#hold(signal);
    });
  }
}

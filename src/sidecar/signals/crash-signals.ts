import type { EventEmitter } from 'node:events';
import { constants } from 'node:os';
import { isatty } from 'node:tty';
import { attempt, warnOnce } from '../../base/guard.js';
import { process } from '../../base/process.js';
import { asSelf } from '../../base/self.js';
import { OPTIONS } from '../../config/options.js';
import { observeEmit } from '../../probes/process-emit.js';
import type { Stop } from '../../types.js';
import { LAST_WORDS_SLOT, type ToWorker } from '../protocol.js';
import type { SharedMemory } from '../shared-memory.js';
import {
  awaitHold,
  CRASH_SIGNALS,
  type CrashSignal,
  changeHold,
  HOLD,
  holdOf,
  setWanted,
} from './signal-words.js';

/** The sidecar needs a quarter of a millisecond; longer than this nobody waits who adds a listener. */
const LETS_GO_WITHIN_MS = 90;
/** For so long the sidecar has to let the signal do its work, on a machine that is busy. */
const DIES_WITHIN_MS = 5_000;

export interface SignalsPlatform {
  post(message: ToWorker): void;
  /** Hands over what there is, and returns when it is delivered or the time for it is over. */
  deliver(): void;
  /** Whether a sidecar is there that has somewhere to deliver to. */
  mayHold(): boolean;
}

type Kill = (pid: number, signal: number) => number;

/**
 * Option `crashSignals`: what is still to be delivered leaves before a signal ends the process that the application
 * leaves to its default. The signal is heard in the sidecar, by a handle on its own loop (`signal-handles.ts`): here is
 * no listener, and a blocked loop dies as it would without. This side tells the sidecar which signals to hold, has it
 * let go before the application listens, and hands over when it is told that one has come.
 */
export class CrashSignals {
  #signals: readonly CrashSignal[] = [];
  readonly #stopWatching: Stop;
  #restoreKill: Stop | undefined;
  #isDying = false;
  #isAskedFor = false;

  constructor(
    private readonly memory: SharedMemory,
    private readonly platform: SignalsPlatform,
  ) {
    this.#stopWatching = this.#watchListeners();
    Object.defineProperty(globalThis, Symbol.for(LAST_WORDS_SLOT), {
      value: this.#interrupted,
      configurable: true,
    });
  }

  set signals(signals: readonly string[]) {
    this.#isAskedFor = signals !== OPTIONS.crashSignals.default;
    // of process 1 the kernel keeps what would end it, and Windows has no defaults to go back to
    const possible = process.pid !== 1 && process.platform !== 'win32';
    this.#signals = possible ? CRASH_SIGNALS.filter((signal) => signals.includes(signal)) : [];
    for (const signal of CRASH_SIGNALS) if (!this.#signals.includes(signal)) this.#release(signal);
    this.#restoreKill?.();
    this.#restoreKill = this.#signals.length > 0 ? this.#wrapKill() : undefined;
  }

  /** Has the sidecar hold what nobody listens to. Called now and then, never in the midst of the application's code. */
  arm(): void {
    const may = this.platform.mayHold();
    let changed = false;
    for (const signal of this.#signals) {
      if (may && process.listenerCount(signal) === 0)
        changed = setWanted(this.memory, signal, true) || changed;
      else this.#release(signal);
    }
    if (changed) this.platform.post({ type: 'signals' });
  }

  /** There are no handles to be had. By default they are a courtesy; who asked for them is told. */
  refused(reason: string): void {
    if (!this.#isAskedFor) return;
    warnOnce('sidecar signals', `\`crashSignals\` does nothing, this Node does not allow it: ${reason}`);
  }

  /** A new sidecar holds nothing yet. */
  sidecarStarted(): void {
    for (const signal of CRASH_SIGNALS) setWanted(this.memory, signal, false);
  }

  /** A signal has come: hands over, and waits for the end. Returns at once where none has. */
  surrender(): void {
    const signal = CRASH_SIGNALS.find((one) => holdOf(this.memory, one) === HOLD.OURS);
    if (signal !== undefined) this.#die(signal);
  }

  stop(): void {
    this.#stopWatching();
    const holder = globalThis as Record<symbol, unknown>;
    const slot = Symbol.for(LAST_WORDS_SLOT);
    if (holder[slot] === this.#interrupted) delete holder[slot];
    for (const signal of CRASH_SIGNALS) this.#release(signal);
    this.#restoreKill?.();
    this.#restoreKill = undefined;
  }

  readonly #interrupted = () => void attempt('the last delivery', () => this.surrender());

  /**
   * Hears of a new listener before Node does, who starts the application's handle: two would hear the same signal. Node
   * listens for that itself, so there is an event.
   */
  #watchListeners(): Stop {
    const added = (event: unknown) => {
      const signal = this.#signals.find((one) => one === event);
      if (signal !== undefined) this.#release(signal);
    };
    const before = (_event: string, [event]: readonly unknown[]) =>
      void attempt('a signal listener', () => added(event));
    const stop = observeEmit(['newListener'], { before });
    if (stop !== undefined) return stop;
    (process as EventEmitter).prependListener('newListener', added);
    return () => void (process as EventEmitter).off('newListener', added);
  }

  /** Has the sidecar let go of the signal, and waits until it has. */
  #release(signal: CrashSignal): void {
    setWanted(this.memory, signal, false);
    if (holdOf(this.memory, signal) === HOLD.HELD) {
      asSelf(() => this.platform.post({ type: 'signals' }));
      awaitHold(this.memory, signal, HOLD.HELD, LETS_GO_WITHIN_MS);
      changeHold(this.memory, signal, HOLD.HELD, HOLD.LEFT);
    }
    // it came before: without us nobody would be here any more
    if (holdOf(this.memory, signal) === HOLD.OURS) this.#die(signal);
  }

  #die(signal: CrashSignal): void {
    if (this.#isDying) return;
    this.#isDying = true;
    asSelf(() => {
      attempt('the last delivery', () => this.platform.deliver());
      attempt('the terminal', restoreTerminal);
      this.platform.post({ type: 'die', signal });
      awaitHold(this.memory, signal, HOLD.OURS, DIES_WITHIN_MS);
    });
    // here only where the sidecar has died over it
    process.kill(process.pid, signal);
    this.#isDying = false;
  }

  /** The signal will meet with the kernel's default, as after a listener that removed itself and sends it again. */
  #beforeDefault(signal: CrashSignal): void {
    if (this.#isDying || process.listenerCount(signal) > 0 || !this.platform.mayHold()) return;
    this.#release(signal);
    asSelf(() => attempt('the last delivery', () => this.platform.deliver()));
  }

  /** Who sends a signal to himself dies at that line, and not a moment later when the sidecar has heard of it. */
  #wrapKill(): Stop | undefined {
    const self = this;
    const holder = process as unknown as { _kill?: Kill };
    const original = holder._kill;
    if (typeof original !== 'function') return undefined;
    const kill: Kill = function (this: unknown, pid, number) {
      const isSelf = Math.abs(pid) === process.pid || pid === 0;
      const signal = isSelf ? self.#signals.find((one) => constants.signals[one] === number) : undefined;
      const claimed = signal !== undefined && changeHold(self.memory, signal, HOLD.HELD, HOLD.OURS);
      if (signal !== undefined && !claimed) self.#beforeDefault(signal);
      const result = original.call(this, pid, number);
      if (claimed) self.#die(signal);
      return result;
    };
    holder._kill = kill;
    return () => {
      if (holder._kill === kill) holder._kill = original;
    };
  }
}

/** Node would do so before it dies, had nobody taken its place. */
function restoreTerminal(): void {
  if (isatty(0) && process.stdin.isRaw) process.stdin.setRawMode(false);
}

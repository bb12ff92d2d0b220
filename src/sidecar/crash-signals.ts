import type { EventEmitter } from 'node:events';
import { constants } from 'node:os';
import { attempt } from '../base/guard.js';
import { asSelf } from '../base/self.js';
import type { Stop } from '../types.js';

export const CRASH_SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

type Listener = (signal: NodeJS.Signals) => void;
type Kill = typeof process.kill;

/**
 * Option `crashSignals`: delivers before a signal ends the process that the application leaves to its default. Our
 * listener is there only while the application has none of its own for that signal, and goes away before another
 * comes; when the signal is here and nobody else listens, it delivers, steps back, and sends the signal again.
 *
 * A listener, ours as anybody's, takes the kernel's default away, and a loop that is blocked never hears it. So
 * `disarm` is called as soon as the sidecar finds the loop blocked, and the default is back.
 */
export class CrashSignals {
  readonly #armed = new Map<NodeJS.Signals, Listener>();
  #signals: readonly NodeJS.Signals[] = [];
  #restoreKill: Stop | undefined;
  #isDying = false;

  constructor(
    private readonly deliver: () => void,
    /** Whether the sidecar is there, and able to find out that the loop is blocked. */
    private readonly mayArm: () => boolean,
  ) {
    // before Node's own: it stops hearing a signal with its last listener, and would not begin again for the next
    (process as EventEmitter).prependListener('newListener', this.#added);
  }

  set signals(signals: readonly string[]) {
    // of process 1 the kernel keeps what would end it, and Windows has no defaults to go back to
    const possible = process.pid !== 1 && process.platform !== 'win32';
    this.#signals = possible ? CRASH_SIGNALS.filter((signal) => signals.includes(signal)) : [];
    for (const signal of this.#armed.keys()) if (!this.#signals.includes(signal)) this.#disarm(signal);
    this.#restoreKill?.();
    this.#restoreKill = this.#signals.length > 0 ? this.#wrapKill() : undefined;
  }

  /** The loop is free: listens to what nobody listens to. Called now and then. */
  arm(): void {
    if (!this.mayArm()) {
      this.disarm();
      return;
    }
    for (const signal of this.#signals) {
      // the application may have removed ours with all others
      if (process.listenerCount(signal) > 0) continue;
      const listener = () => this.#heard(signal);
      this.#armed.set(signal, listener);
      process.on(signal, listener);
    }
  }

  /** Gives all signals back to the kernel. */
  disarm(): void {
    for (const signal of [...this.#armed.keys()]) this.#disarm(signal);
  }

  stop(): void {
    (process as EventEmitter).off('newListener', this.#added);
    this.disarm();
    this.#restoreKill?.();
    this.#restoreKill = undefined;
  }

  readonly #added = (event: string | symbol, listener: unknown) => {
    const ours = this.#armed.get(event as NodeJS.Signals);
    if (ours !== undefined && ours !== listener) this.#disarm(event as NodeJS.Signals);
  };

  #disarm(signal: NodeJS.Signals): void {
    const listener = this.#armed.get(signal);
    this.#armed.delete(signal);
    if (listener !== undefined) process.off(signal, listener);
  }

  #heard(signal: NodeJS.Signals): void {
    if (!this.#isDefault(signal)) return;
    this.#die();
    process.kill(process.pid, signal);
  }

  #mayDeliver(signal: NodeJS.Signals): boolean {
    return !this.#isDying && this.#isDefault(signal) && this.mayArm();
  }

  /** Whether nobody but us listens. */
  #isDefault(signal: NodeJS.Signals): boolean {
    return process.listenerCount(signal) === (this.#armed.has(signal) ? 1 : 0);
  }

  #die(): void {
    this.#isDying = true;
    attempt('the last delivery', () => asSelf(this.deliver));
    // Node would do so by itself, had we not taken its place
    attempt('the terminal', () => {
      if (process.stdin.isTTY && process.stdin.isRaw) process.stdin.setRawMode(false);
    });
    this.disarm();
  }

  /** Who sends a signal to himself dies at that line: not a turn later, when a listener would hear of it. */
  #wrapKill(): Stop {
    const self = this;
    const original = process.kill;
    const kill = function kill(this: unknown, pid: number, signal?: string | number): true {
      const isSelf = Math.abs(pid) === process.pid || pid === 0;
      const name = self.#signals.find(
        (one) => one === (signal ?? 'SIGTERM') || constants.signals[one] === signal,
      );
      if (isSelf && name !== undefined && self.#mayDeliver(name)) self.#die();
      return original.call(this as NodeJS.Process, pid, signal);
    } as Kill;
    process.kill = kill;
    return () => {
      if (process.kill === kill) process.kill = original;
    };
  }
}

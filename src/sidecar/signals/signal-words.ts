import { PROCESS, type SharedMemory } from '../shared-memory.js';

export const CRASH_SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;
export type CrashSignal = (typeof CRASH_SIGNALS)[number];

/**
 * Who a signal belongs to. Each change is one compare-and-exchange, so that main thread and sidecar never both take
 * it: a listener of the application's is added only after the sidecar has let go, and what came before that is ours.
 */
export const HOLD = {
  /** The kernel's default, or the application: the sidecar hears nothing of it. */
  NONE: 0,
  /** The sidecar's handle is there, the application has no listener. */
  HELD: 1,
  /** It has come: the process ends by it. */
  OURS: 2,
  /** The application listens, and the sidecar has not let go in time: what comes is the application's. */
  LEFT: 3,
} as const;

const bitOf = (signal: CrashSignal) => 1 << CRASH_SIGNALS.indexOf(signal);

export function isWanted({ words }: SharedMemory, signal: CrashSignal): boolean {
  return (Atomics.load(words, PROCESS.SIGNALS_WANTED) & bitOf(signal)) !== 0;
}

/** Gives whether that was a change. */
export function setWanted(memory: SharedMemory, signal: CrashSignal, wanted: boolean): boolean {
  if (isWanted(memory, signal) === wanted) return false;
  Atomics.xor(memory.words, PROCESS.SIGNALS_WANTED, bitOf(signal));
  return true;
}

export function holdOf({ words }: SharedMemory, signal: CrashSignal): number {
  return Atomics.load(words, PROCESS[signal]);
}

/** True where `from` stood there. */
export function changeHold({ words }: SharedMemory, signal: CrashSignal, from: number, to: number): boolean {
  const changed = Atomics.compareExchange(words, PROCESS[signal], from, to) === from;
  if (changed) Atomics.notify(words, PROCESS[signal]);
  return changed;
}

/** Waits while `hold` stands there. */
export function awaitHold({ words }: SharedMemory, signal: CrashSignal, hold: number, ms: number): void {
  Atomics.wait(words, PROCESS[signal], hold, ms);
}

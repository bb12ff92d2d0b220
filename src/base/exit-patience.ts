import type { Stop } from '../types.js';
import { monotonic } from './clock.js';

/** Milliseconds that all waits at the end of a thread may take together, where nothing says that the collector is well. */
export const DOUBTFUL_TOTAL_MS = 300;

/** A process that has gone on for so long after a wait was not at its end. */
const GOES_ON_MS = 1_000;

/** Whoever waits at the end takes from the same purse. */
let spentMs = 0;
let spentUntilMs = Number.NEGATIVE_INFINITY;
/** For good: a collector that is away would have its share each time. */
let spentInDoubtMs = 0;
const subscribers = new Set<() => void>();

export function exitPatienceLeftMs(): number {
  return Math.max(0, DOUBTFUL_TOTAL_MS - spentInDoubtMs);
}

/** Of `totalMs`, where the collector is well. `waitedMs`: of a wait that is not over yet, and not paid. */
export function healthyExitPatienceLeftMs(totalMs: number, waitedMs = 0): number {
  const left = totalMs - spentBefore(monotonic() - waitedMs);
  return Math.min(totalMs, Math.max(left, exitPatienceLeftMs())) - waitedMs;
}

export function spendExitPatience(ms: number, healthy: boolean): void {
  const now = monotonic();
  spentMs = spentBefore(now - ms) + ms;
  spentUntilMs = now;
  if (!healthy) spentInDoubtMs += ms;
}

/** A collector that was well has not answered in time: who waits next should not think it well any more. */
export function healthyWaitWasInVain(): void {
  for (const subscriber of subscribers) subscriber();
}

export function onHealthyWaitInVain(subscriber: () => void): Stop {
  subscribers.add(subscriber);
  return () => void subscribers.delete(subscriber);
}

function spentBefore(beginMs: number): number {
  return beginMs - spentUntilMs > GOES_ON_MS ? 0 : spentMs;
}

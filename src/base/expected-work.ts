import { type Clock, monotonic } from './clock.js';

/** Work that the application has announced with `expectBlock`: nobody is accused of it. */
interface Stretch {
  from: number;
  until: number;
}

/** More of them within one uninterrupted run are not remembered. */
const KEPT = 32;

let depth = 0;
let stretches: Stretch[] = [];

export function inExpectedWork(): boolean {
  return depth > 0;
}

export function asExpectedWork<R>(work: () => R, clock: Clock = monotonic): R {
  const from = clock();
  depth++;
  try {
    return work();
  } finally {
    depth--;
    if (depth === 0) {
      if (stretches.length >= KEPT) stretches = stretches.slice(1);
      stretches.push({ from, until: clock() });
    }
  }
}

/** How much of the time between two readings of the clock was announced. */
export function expectedMsWithin(fromMs: number, untilMs: number): number {
  let ms = 0;
  for (const { from, until } of stretches) {
    ms += Math.max(0, Math.min(until, untilMs) - Math.max(from, fromMs));
  }
  return ms;
}

import { performance } from 'node:perf_hooks';

/** Milliseconds of a monotonic clock, fractional, counted from `performance.timeOrigin`. Tests pass their own. */
export type Clock = () => number;

export const monotonic: Clock = performance.now.bind(performance);

/** Milliseconds since 1970, of the clock that a test of the application's may replace later. */
export const wall: Clock = Date.now;

/** Two clocks read closer together than this were read at the same moment. */
const SAME_MOMENT_MS = 0.05;
const ATTEMPTS = 5;

/**
 * The same moment on the monotonic clock and on the wall's (whole milliseconds since 1970). A thread that loses its
 * core between two reads would be off by the time it waited, so the closest of a few pairs is taken.
 */
export function readBoth(clock: Clock, wall: Clock = Date.now): { monotonicMs: number; epochMs: number } {
  let best = { monotonicMs: 0, epochMs: 0 };
  let smallest = Infinity;
  let before = clock();
  for (let attempt = 0; attempt < ATTEMPTS && smallest > SAME_MOMENT_MS; attempt++) {
    const epochMs = wall();
    const after = clock();
    if (after - before < smallest) {
      smallest = after - before;
      best = { monotonicMs: after, epochMs };
    }
    before = after;
  }
  return best;
}

import { performance } from 'node:perf_hooks';

/** Milliseconds of a monotonic clock, fractional, counted from `performance.timeOrigin`. Tests pass their own. */
export type Clock = () => number;

export const monotonic: Clock = performance.now.bind(performance);

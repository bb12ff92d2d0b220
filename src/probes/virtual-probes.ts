import type { LoopObservation } from './event-loop.js';

/** More missed probes than this at once (16 minutes at 10 ms) are counted, not recorded one by one. */
const MOST_AT_ONCE = 100_000;

/**
 * The rule of lag: a probe is due at every multiple of `intervalMs`, and its lag is how long it had to wait until
 * the loop could have taken it up. A late observation records every due time it missed (`now - due`,
 * `now - due - interval`, ...), so a block of 400 ms counts as 40 late probes and not as one.
 */
export class VirtualProbes {
  /** The next probe that has not been recorded, as a multiple of the interval. */
  #next: number | undefined;

  constructor(
    readonly intervalMs: number,
    /** Called once for every probe, with its lag in milliseconds. */
    private readonly record: (lagMs: number) => void,
    private readonly skipped: (count: number) => void = () => {},
  ) {}

  observe(observation: Readonly<LoopObservation>): void {
    const { now, startup, suspendedFrom, suspendedUntil } = observation;
    const end = Math.floor(now / this.intervalMs) + 1;
    let next = this.#next ?? end;
    this.#next = end;
    if (startup) return;
    if (end - next > MOST_AT_ONCE) {
      this.skipped(end - next - MOST_AT_ONCE);
      next = end - MOST_AT_ONCE;
    }
    for (; next < end; next++) {
      const due = next * this.intervalMs;
      if (due >= suspendedFrom && due < suspendedUntil) continue;
      this.record(lagOf(due, observation));
    }
  }
}

function lagOf(due: number, { now, busyFrom, busyUntil, overdueFrom }: Readonly<LoopObservation>): number {
  if (due >= overdueFrom) return now - due;
  return due >= busyFrom && due < busyUntil ? busyUntil - due : 0;
}

import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';

export interface LagSummary {
  min: number;
  max: number;
  mean: number;
  stddev: number;
  p50: number;
  p90: number;
  p99: number;
}

/** Microseconds up to an hour, within 1%: 20 KiB. Longer values count as an hour. */
const HISTOGRAM = { lowest: 1, highest: 3_600_000_000, figures: 2 };

/**
 * Lags in two windows of fixed size: one that fills and the last complete one. Whoever reads changes nothing, so any
 * number of readers see the same. Milliseconds in, seconds out.
 */
export class LagWindow {
  #filling = createHistogram(HISTOGRAM);
  #complete: RecordableHistogram | undefined;
  #spare = createHistogram(HISTOGRAM);
  #endsAt: number;

  constructor(
    readonly windowMs: number,
    nowMs: number,
  ) {
    this.#endsAt = nowMs + windowMs;
  }

  record(lagMs: number): void {
    this.#filling.record(Math.min(HISTOGRAM.highest, Math.max(1, Math.round(lagMs * 1_000))));
  }

  /** Turns the window when it is full. Returns whether it did. */
  turn(nowMs: number): boolean {
    if (nowMs < this.#endsAt) return false;
    const spare = this.#complete ?? this.#spare;
    spare.reset();
    this.#complete = this.#filling;
    this.#filling = spare;
    this.#endsAt = nowMs + this.windowMs;
    return true;
  }

  /** The last complete window; before there is one, what there is; `undefined` before anything was recorded. */
  summary(): LagSummary | undefined {
    const histogram = this.#complete ?? this.#filling;
    if (histogram.count === 0) return undefined;
    const seconds = (micros: number) => micros / 1_000_000;
    return {
      min: seconds(histogram.min),
      max: seconds(histogram.max),
      mean: seconds(histogram.mean),
      stddev: seconds(histogram.stddev),
      p50: seconds(histogram.percentile(50)),
      p90: seconds(histogram.percentile(90)),
      p99: seconds(histogram.percentile(99)),
    };
  }
}

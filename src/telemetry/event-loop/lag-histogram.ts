import type { Histogram, Meter } from '@opentelemetry/api';
import { METRIC } from '../../semconv.js';
import { THREAD_ATTRIBUTE } from '../thread-attribute.js';

/** Seconds, 1 ms to 10 s. */
export const LAG_BUCKETS = [
  0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 2, 3, 5, 10,
] as const;

/** Lags kept while there is no meter provider: ten seconds at 10 ms, enough for an SDK that starts asynchronously. */
const KEPT = 1_024;

/** The exported histogram of lag. What is measured before a provider is there waits for it, newest last, bounded. */
export class LagHistogram {
  #instrument: Histogram | undefined;
  #kept: number[] = [];
  #lost = 0;

  constructor(private readonly onLost: (count: number) => void) {}

  record(lagMs: number): void {
    if (this.#instrument) {
      this.#instrument.record(lagMs / 1_000, THREAD_ATTRIBUTE);
      return;
    }
    if (this.#kept.length >= KEPT) {
      this.#lost += KEPT / 2;
      this.#kept.splice(0, KEPT / 2);
    }
    this.#kept.push(lagMs);
  }

  /** Records into `meter` from now on; what was kept goes first. */
  bind(meter: Meter): void {
    this.#instrument = meter.createHistogram(METRIC.EVENT_LOOP_LAG, {
      unit: 's',
      description: 'How long work that becomes due waits until the event loop takes it up.',
      advice: { explicitBucketBoundaries: [...LAG_BUCKETS] },
    });
    if (this.#lost > 0) this.onLost(this.#lost);
    this.#lost = 0;
    for (const lagMs of this.#kept.splice(0)) this.record(lagMs);
  }

  unbind(): void {
    this.#instrument = undefined;
  }
}

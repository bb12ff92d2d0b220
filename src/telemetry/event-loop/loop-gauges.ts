import type { Attributes, BatchObservableResult, Meter, MeterProvider, Observable } from '@opentelemetry/api';
import type { LagSummary } from '../../base/lag-window.js';
import { ATTR, METRIC } from '../../semconv.js';
import type { Stop } from '../../types.js';
import { madeByOthers, withdraw } from './metric-owners.js';

/** What the gauges show; reading it changes nothing, so that any number of readers see the same. */
export interface LoopReadings {
  lag(): LagSummary | undefined;
  utilization(): number;
  /** Seconds since the loop started. */
  time(): { active: number; idle: number };
}

const DELAYS: readonly [name: string, key: keyof LagSummary, description: string][] = [
  [METRIC.NODE_DELAY_MIN, 'min', 'Event loop minimum delay.'],
  [METRIC.NODE_DELAY_MAX, 'max', 'Event loop maximum delay.'],
  [METRIC.NODE_DELAY_MEAN, 'mean', 'Event loop mean delay.'],
  [METRIC.NODE_DELAY_STDDEV, 'stddev', 'Event loop standard deviation delay.'],
  [METRIC.NODE_DELAY_P50, 'p50', 'Event loop 50 percentile delay.'],
  [METRIC.NODE_DELAY_P90, 'p90', 'Event loop 90 percentile delay.'],
  [METRIC.NODE_DELAY_P99, 'p99', 'Event loop 99 percentile delay.'],
];

/** The metrics of the `nodejs.*` conventions, each group of them unless somebody else makes it. */
export function makeLoopGauges(
  meter: Meter,
  provider: MeterProvider,
  readings: LoopReadings,
  attributes: Attributes,
): Stop {
  const delays = DELAYS.map(([name, key, description]) => ({ name, key, description }));
  const groups = [
    yielding(
      meter,
      provider,
      delays.map(({ name }) => name),
      () =>
        delays.map(({ name, description }) => meter.createObservableGauge(name, { unit: 's', description })),
      (instruments, result) => {
        const lag = readings.lag();
        if (lag === undefined) return;
        for (const [index, { key }] of delays.entries()) {
          result.observe(instruments[index] as Observable, lag[key], attributes);
        }
      },
    ),
    yielding(
      meter,
      provider,
      [METRIC.NODE_UTILIZATION],
      () => [
        meter.createObservableGauge(METRIC.NODE_UTILIZATION, {
          unit: '1',
          description: 'Event loop utilization.',
        }),
      ],
      ([utilization], result) =>
        result.observe(utilization as Observable, readings.utilization(), attributes),
    ),
    yielding(
      meter,
      provider,
      [METRIC.NODE_TIME],
      () => [
        meter.createObservableCounter(METRIC.NODE_TIME, {
          unit: 's',
          description: 'Cumulative duration of time the event loop has been in each state.',
        }),
      ],
      ([time], result) => {
        for (const [state, seconds] of Object.entries(readings.time())) {
          result.observe(time as Observable, seconds, { ...attributes, [ATTR.EVENT_LOOP_STATE]: state });
        }
      },
    ),
  ];
  return () => {
    for (const stop of groups) stop();
  };
}

/**
 * Observes a group of metrics until another instrumentation makes one of them, `instrumentation-runtime-node` above
 * all. Whether one does is asked at each collection: it may be registered after us.
 */
function yielding(
  meter: Meter,
  provider: MeterProvider,
  names: readonly string[],
  create: () => Observable[],
  observe: (instruments: Observable[], result: BatchObservableResult) => void,
): Stop {
  if (madeByOthers(provider, names)) return () => {};
  const instruments = create();
  let state: 'silent' | 'reporting' | 'yielded' = 'silent';
  const callback = (result: BatchObservableResult) => {
    if (state === 'yielded') return;
    // once reported and not to be withdrawn, a true value twice is better than a frozen one
    if (madeByOthers(provider, names) && (state === 'silent' || withdraw(provider, instruments))) {
      // removing the callback here would make the SDK skip the next one of this collection
      state = 'yielded';
      return;
    }
    state = 'reporting';
    observe(instruments, result);
  };
  meter.addBatchObservableCallback(callback, instruments);
  return () => {
    meter.removeBatchObservableCallback(callback, instruments);
    withdraw(provider, instruments);
  };
}

import assert from 'node:assert/strict';
import test from 'node:test';
import type { Histogram } from '@opentelemetry/sdk-metrics';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { AsyncInstrumentation } from '../../src/index.js';
import { METRIC } from '../../src/semconv.js';
import { lag } from '../fixtures/lagging-loop.js';
import { IN_CALLBACK_OF, nextTurn, sleep } from '../support/delays.js';
import { MemoryReader } from '../support/metrics.js';
import { mean, percentile, referenceLags, witness } from '../support/reference-lag.js';

const OPTIONS = { spans: { enabled: false }, errors: { enabled: false }, watchdog: { enabled: false } };

/** Which bucket the given share of all values ends in. */
function bucketAt({ buckets, count }: Histogram, share: number): number {
  let left = Math.floor(count * share);
  return buckets.counts.findIndex((inBucket) => {
    left -= inBucket;
    return left < 0;
  });
}

function bucketOf({ buckets }: Histogram, seconds: number): number {
  const index = buckets.boundaries.findIndex((boundary) => seconds <= boundary);
  return index < 0 ? buckets.boundaries.length : index;
}

for (const kind of [...Object.keys(IN_CALLBACK_OF), 'all kinds']) {
  test(`delays of 0 to 500 ms in callbacks of ${kind} are recorded as the reference has them`, async () => {
    const reader = new MemoryReader();
    const meterProvider = new MeterProvider({ readers: [reader] });
    const instrumentation = new AsyncInstrumentation({ ...OPTIONS, eventLoop: { windowMs: 600_000 } });
    instrumentation.setMeterProvider(meterProvider);
    await nextTurn();
    const from = performance.now();
    const seen = witness();
    const blocks = await lag({
      seconds: kind === 'all kinds' ? 8 : 3,
      longestMs: 500,
      gapMs: 130,
      ...(kind === 'all kinds' ? {} : { kinds: [kind] }),
    });
    await sleep(150);
    const reference = referenceLags([...blocks, ...seen.stop()], { from, until: performance.now() });
    const histogram = await reader.histogram(METRIC.EVENT_LOOP_LAG);
    // where values lie far apart, few probes more or less before them change much: two in a hundred may be others
    const around = (share: number) =>
      [-0.02, 0, 0.02].map((aside) => percentile(reference, Math.max(0, share + aside)) / 1_000);

    const close = (what: string, value: number, expected: number, slack: number) =>
      assert.ok(
        Math.abs(value - expected) <= Math.max(slack, expected * 0.1),
        `${what}: ${value}, reference ${expected}`,
      );
    close('count', histogram.count, reference.length, 0);
    close('mean', (histogram.sum as number) / histogram.count, mean(reference) / 1_000, 0.002);
    const gauges = [
      [METRIC.NODE_DELAY_P50, 0.5],
      [METRIC.NODE_DELAY_P90, 0.9],
      [METRIC.NODE_DELAY_P99, 0.99],
    ] as const;
    for (const [name, share] of gauges) {
      const value = (await reader.value(name)) as number;
      assert.ok(
        value >= Math.min(...around(share)) * 0.9 - 0.002 &&
          value <= Math.max(...around(share)) * 1.1 + 0.002,
        `${name}: ${value}, reference ${around(share)}`,
      );
    }
    for (let share = 0.01; share < 1; share += 0.01) {
      // what is allowed to a value, 10% or 2 ms, is allowed here before a bucket is chosen
      const expected = around(share).flatMap((value) =>
        [value * 0.9 - 0.002, value * 1.1 + 0.002].map((bound) => bucketOf(histogram, bound)),
      );
      const ours = bucketAt(histogram, share);
      assert.ok(
        ours >= Math.min(...expected) - 1 && ours <= Math.max(...expected) + 1,
        `p${(share * 100).toFixed()}: bucket ${ours}, reference ${expected}`,
      );
    }
    instrumentation.disable();
    await meterProvider.shutdown();
  });
}

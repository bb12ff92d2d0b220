import assert from 'node:assert/strict';
import test from 'node:test';
import { metrics } from '@opentelemetry/api';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import type { FeatureEnvironment } from '../../src/feature.js';
import { ATTR, METRIC } from '../../src/semconv.js';
import { OtelAccess } from '../../src/telemetry/otel-access.js';
import { selfMetrics } from '../../src/telemetry/self-metrics.js';
import { MemoryReader } from '../support/metrics.js';

test('what was given up is counted by reason, and follows the meter provider', async () => {
  const shedCounts = new Map<string, number>();
  const ticks = new Set<() => void>();
  const running = selfMetrics.start({
    otel: new OtelAccess(),
    shedCounts,
    onSlowTick: (callback) => {
      ticks.add(callback);
      return () => ticks.delete(callback);
    },
  } as Partial<FeatureEnvironment> as FeatureEnvironment);
  shedCounts.set('early', 2);

  const points = async (reader: MemoryReader): Promise<unknown[]> =>
    (await reader.metrics())
      .filter(({ descriptor }) => descriptor.name === METRIC.SELF_SHED)
      .flatMap(({ dataPoints }) => dataPoints.map(({ attributes, value }) => [attributes, value]));
  for (const reader of [new MemoryReader(), new MemoryReader()]) {
    metrics.disable();
    metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }));
    for (const tick of ticks) tick();
    assert.deepEqual(await points(reader), [[{ [ATTR.SHED_REASON]: 'early' }, shedCounts.get('early')]]);
    shedCounts.set('early', 7);
    assert.deepEqual(await points(reader), [[{ [ATTR.SHED_REASON]: 'early' }, 7]]);
  }
  running.stop();
  assert.equal(ticks.size, 0);
  metrics.disable();
});

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { metrics } from '@opentelemetry/api';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { SelfCost } from '../../src/base/self-cost.js';
import type { FeatureEnvironment } from '../../src/feature.js';
import { ATTR, METRIC } from '../../src/semconv.js';
import { mapLocation } from '../../src/tasks/sites/source-maps.js';
import { OtelAccess } from '../../src/telemetry/otel-access.js';
import { selfMetrics } from '../../src/telemetry/self-metrics.js';
import { MemoryReader } from '../support/metrics.js';

test('what was given up is counted by reason, and follows the meter provider', async () => {
  const shedCounts = new Map<string, number>();
  const ticks = new Set<() => void>();
  const running = selfMetrics.start({
    otel: new OtelAccess(),
    shedCounts,
    cost: new SelfCost(() => 0),
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

test('a source map that cannot be used is counted', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'self-metrics-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const script = join(folder, 'a.js');
  writeFileSync(script, '1;\n//# sourceMappingURL=missing.js.map\n');
  const running = selfMetrics.start({
    otel: new OtelAccess(),
    shedCounts: new Map(),
    cost: new SelfCost(() => 0),
    onSlowTick: () => () => {},
  } as Partial<FeatureEnvironment> as FeatureEnvironment);
  const reader = new MemoryReader();
  metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }));
  running.providersChanged?.();
  assert.equal(mapLocation({ file: script, line: 1, column: 1 }).file, script);
  const shed = (await reader.metrics()).find(({ descriptor }) => descriptor.name === METRIC.SELF_SHED);
  assert.deepEqual(
    shed?.dataPoints.map(({ attributes, value }) => [attributes, value]),
    [[{ [ATTR.SHED_REASON]: 'source_map' }, 1]],
  );
  running.stop();
  metrics.disable();
});

test('overhead is own work as a share of the time gone by', async () => {
  let now = 0;
  const cost = new SelfCost(() => now);
  let tick = () => {};
  const running = selfMetrics.start({
    otel: new OtelAccess(),
    shedCounts: new Map(),
    cost,
    onSlowTick: (callback) => {
      tick = callback;
      return () => {};
    },
  } as Partial<FeatureEnvironment> as FeatureEnvironment);
  const reader = new MemoryReader();
  metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }));
  cost.measure(() => {
    now += 300;
  });
  now = 6_000;
  tick();
  const found = (await reader.metrics()).find(({ descriptor }) => descriptor.name === METRIC.SELF_OVERHEAD);
  assert.equal(found?.dataPoints[0]?.value, 0.05);
  running.stop();
  metrics.disable();
});

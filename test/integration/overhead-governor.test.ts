import assert from 'node:assert/strict';
import test from 'node:test';
import { metrics } from '@opentelemetry/api';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import type { SHED_ORDER } from '../../src/base/overhead-governor.js';
import { AsyncInstrumentation } from '../../src/index.js';
import { ATTR, METRIC } from '../../src/semconv.js';
import { MemoryReader } from '../support/metrics.js';

const DEADLINE_MS = 90_000;

async function leaf(i: number): Promise<number> {
  await null;
  return i;
}

async function flood(ms: number): Promise<void> {
  const until = performance.now() + ms;
  while (performance.now() < until) {
    for (let i = 0; i < 200; i++) await leaf(i);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test('debug mode under a flood gives up what it says it gives up, and leaves no timer behind', async () => {
  const reader = new MemoryReader();
  metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }));
  const instrumentation = new AsyncInstrumentation({
    debug: true,
    overheadBudget: 0.001,
    watchdog: { enabled: false },
    eventLoop: { enabled: false },
  });
  const seen = new Set<string>();
  const wanted = ['stack_depth', 'site', 'window'] satisfies (typeof SHED_ORDER)[number][];
  const missing = () => wanted.filter((reason) => !seen.has(reason));
  const deadline = performance.now() + DEADLINE_MS;
  while (missing().length > 0 && performance.now() < deadline) {
    await flood(300);
    const shed = (await reader.metrics()).find(({ descriptor }) => descriptor.name === METRIC.SELF_SHED);
    for (const { attributes } of shed?.dataPoints ?? []) {
      seen.add(String(attributes[ATTR.SHED_REASON]));
    }
  }
  assert.deepEqual(missing(), [], `within ${DEADLINE_MS} ms`);
  instrumentation.disable();
  metrics.disable();
  assert.deepEqual(
    process.getActiveResourcesInfo().filter((name) => name === 'Timeout'),
    [],
    'no timer is left',
  );
});

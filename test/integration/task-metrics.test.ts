import assert from 'node:assert/strict';
import test from 'node:test';
import { metrics } from '@opentelemetry/api';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { ATTR, METRIC } from '../../src/semconv.js';
import { MemoryReader } from '../support/metrics.js';
import { startKit } from '../support/trace-kit.js';

test('tasks are counted by kind, active ones come back down, durations are told by outcome', async () => {
  const reader = new MemoryReader();
  metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }));
  const kit = startKit();
  const points = async (name: string) =>
    (await reader.metrics()).find(({ descriptor }) => descriptor.name === name)?.dataPoints ?? [];
  const figure = async (name: string, kind: string) =>
    (await points(name)).find(({ attributes }) => attributes[ATTR.TASK_KIND] === kind)?.value;

  const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
  async function work(): Promise<void> {
    await sleep(3);
  }
  const tree = await kit.trace(async () => {
    const running = work();
    assert.ok(((await figure(METRIC.TASK_ACTIVE, 'timer')) as number) >= 1);
    await running;
  });
  assert.ok(tree.named('work'));
  assert.ok(((await figure(METRIC.TASK_CREATED, 'async_function')) as number) >= 1);
  assert.equal(await figure(METRIC.TASK_ACTIVE, 'timer'), 0);
  const durations = await points(METRIC.TASK_DURATION);
  const timer = durations.find(({ attributes }) => attributes[ATTR.TASK_KIND] === 'timer');
  assert.equal(timer?.attributes[ATTR.TASK_OUTCOME], 'completed');
  assert.equal((timer?.value as { count: number } | undefined)?.count, 1);
  await kit.stop();
  metrics.disable();
});

import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { metrics } from '@opentelemetry/api';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { ATTR, METRIC } from '../../src/semconv.js';
import { MemoryReader } from '../support/metrics.js';
import { startKit, type TraceKit } from '../support/trace-kit.js';

const PER_SECOND = 10;
const TRACES = 100;
const STEPS = 5;
const reader = new MemoryReader();
let kit: TraceKit;
before(() => {
  metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }));
  kit = startKit({ debug: true, spans: { maxPerSecond: PER_SECOND } });
});
after(async () => {
  await kit.stop();
  metrics.disable();
});

async function step(): Promise<void> {
  await null;
}
async function work(): Promise<void> {
  for (let i = 0; i < STEPS; i++) await step();
}

async function created(): Promise<number> {
  const metric = (await reader.metrics()).find(({ descriptor }) => descriptor.name === METRIC.TASK_CREATED);
  return (metric?.dataPoints ?? []).reduce((sum, { value }) => sum + Number(value), 0);
}

test('in debug mode too spans are limited, a trace is told whole or not at all, and tasks are tracked all the same', async () => {
  const started = performance.now();
  const before = await created();
  let full = 0;
  for (let i = 0; i < TRACES; i++) {
    const trace = await kit.trace(work);
    const detail = trace.root.attributes[ATTR.TRACE_DETAIL];
    const ofSteps = trace.tasks.filter(({ name }) => name === 'step').length;
    assert.deepEqual([detail, ofSteps], ofSteps > 0 ? ['full', STEPS] : ['shed', 0]);
    full += ofSteps > 0 ? 1 : 0;
  }
  const seconds = (performance.now() - started) / 1_000;
  // what a second allows and the last grant's debt, and one trace a second whatever the debt
  const most = (PER_SECOND * (1 + seconds)) / STEPS + 1 + 1 + seconds;
  assert.ok(full >= 1 && full <= most, `${full} traces in ${seconds} s`);
  const tracked = (await created()) - before;
  assert.ok(tracked >= TRACES * (STEPS + 1), `${tracked} tasks were tracked`);
});

import assert from 'node:assert/strict';
import test from 'node:test';
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import { RuntimeNodeInstrumentation } from '@opentelemetry/instrumentation-runtime-node';
import { AggregationTemporality, MeterProvider } from '@opentelemetry/sdk-metrics';
import { AsyncInstrumentation } from '../../src/index.js';
import { METRIC, SCOPE } from '../../src/semconv.js';
import { sleep } from '../support/delays.js';
import { listenToDiag, MemoryReader } from '../support/metrics.js';

const said = listenToDiag();
const OURS = { spans: { enabled: false }, errors: { enabled: false }, watchdog: { enabled: false } };
const shared = Object.values(METRIC).filter((name) => name.startsWith('nodejs.'));
const looked = [...shared, METRIC.EVENT_LOOP_LAG];

type Owners = Record<string, string[]>;

/** Which scopes export lag and each of the metrics both instrumentations could make, in one collection. */
async function owners(reader: MemoryReader): Promise<Owners> {
  const all = await reader.metrics();
  return Object.fromEntries(
    looked.map((name) => [
      name,
      all.filter(({ descriptor }) => descriptor.name === name).map(({ scope }) => scope),
    ]),
  );
}

/** As soon as lag was measured: on a busy machine an interval may pass in which nothing was. */
async function measured(reader: MemoryReader): Promise<Owners> {
  const deadline = performance.now() + 5_000;
  for (;;) {
    await sleep(200);
    const found = await owners(reader);
    if (found[METRIC.EVENT_LOOP_LAG]?.length !== 0 || performance.now() > deadline) return found;
  }
}

function each(found: Owners, scope: RegExp): void {
  assert.deepEqual(found[METRIC.EVENT_LOOP_LAG], [SCOPE]);
  for (const name of shared) {
    assert.equal(found[name]?.length, 1, `${name} is exported by ${found[name]}`);
    assert.match(found[name]?.[0] as string, scope);
  }
}

const RUNTIME_NODE = /runtime-node/;

for (const order of ['before us', 'after us']) {
  test(`runtime-node ${order}: its metrics are its own, lag is ours`, async () => {
    const readers = [new MemoryReader(), new MemoryReader(AggregationTemporality.DELTA)] as const;
    const meterProvider = new MeterProvider({ readers: [...readers] });
    const ours = new AsyncInstrumentation(OURS);
    const theirs = new RuntimeNodeInstrumentation({ monitoringPrecision: 10 });
    const stop = registerInstrumentations({
      meterProvider,
      instrumentations: order === 'before us' ? [theirs, ours] : [ours, theirs],
    });
    for (const reader of readers) {
      each(await measured(reader), RUNTIME_NODE);
    }
    stop();
    await meterProvider.shutdown();
  });
}

test('runtime-node long after us: ours are withdrawn, not frozen beside its own', async () => {
  const readers = [new MemoryReader(), new MemoryReader(AggregationTemporality.DELTA)] as const;
  const meterProvider = new MeterProvider({ readers: [...readers] });
  const ours = new AsyncInstrumentation(OURS);
  ours.setMeterProvider(meterProvider);
  await sleep(200);
  for (const reader of readers) each(await owners(reader), new RegExp(SCOPE));

  const theirs = new RuntimeNodeInstrumentation({ monitoringPrecision: 10 });
  theirs.setMeterProvider(meterProvider);
  // runtime-node empties its histogram at each collection, so that a reader may come too early for it
  for (const reader of readers) {
    await sleep(200);
    each(await owners(reader), RUNTIME_NODE);
  }
  theirs.disable();
  ours.disable();
  await meterProvider.shutdown();
});

test('without runtime-node they are ours', async () => {
  const reader = new MemoryReader();
  const meterProvider = new MeterProvider({ readers: [reader] });
  const ours = new AsyncInstrumentation(OURS);
  ours.setMeterProvider(meterProvider);
  await sleep(200);
  each(await owners(reader), new RegExp(SCOPE));
  ours.disable();
  await meterProvider.shutdown();
});

test('nothing was said through diag', () => assert.deepEqual(said, []));

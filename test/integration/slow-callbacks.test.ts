/** Runs that are too long, in traces with detail: a span event and a record. */
import assert from 'node:assert/strict';
import { AsyncResource } from 'node:async_hooks';
import { stat } from 'node:fs/promises';
import test, { after, before } from 'node:test';
import type { HrTime, Span } from '@opentelemetry/api';
import type { ReadableLogRecord } from '@opentelemetry/sdk-logs';
import { expectBlock } from '../../src/index.js';
import { block as burn } from '../support/delays.js';
import { type LogKit, startLogKit } from '../support/log-kit.js';
import { startKit, type TraceKit } from '../support/trace-kit.js';

const SLOW = 'async.callback.slow';
const SLOW_MS = 60;

let kit: TraceKit;
let records: LogKit;
before(() => {
  records = startLogKit();
  kit = startKit({ slowCallbackMs: SLOW_MS });
});
after(async () => {
  await kit.stop();
  await records.stop();
});

const nanos = ([seconds, rest]: HrTime) => BigInt(seconds) * 1_000_000_000n + BigInt(rest);
const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** The slow runs of a trace: of its spans, and of the records of that trace, once there are `count`. */
async function slowRunsOf(body: (root: Span) => unknown, count = 1) {
  const tree = await kit.trace(body);
  const told = await recordsOf(tree.root, count);
  const spans = tree.tasks.filter((span) => span.events.some((event) => event.name === SLOW));
  return { tree, spans, told };
}

function recordsOf(root: Pick<Span, 'spanContext'>, count: number): Promise<ReadableLogRecord[]> {
  const { traceId } = root.spanContext();
  return records.until(SLOW, count, ({ spanContext }) => spanContext?.traceId === traceId);
}

async function firstSegment(): Promise<void> {
  burn(SLOW_MS + 5);
  await sleep(1);
}
async function continuation(): Promise<void> {
  await sleep(1);
  burn(SLOW_MS + 5);
  await sleep(1);
}
async function returning(): Promise<void> {
  burn(SLOW_MS + 5);
  return sleep(1);
}
for (const work of [firstSegment, continuation, returning]) {
  test(`${work.name} of an async function`, async () => {
    const { tree, spans, told } = await slowRunsOf(() => work());
    const span = spans.find(({ name }) => name === work.name);
    const [event] = span?.events ?? [];
    const duration = Number(event?.attributes?.['async.callback.duration']);
    assert.ok(duration >= SLOW_MS / 1_000 && duration < 30, `${duration} s`);
    const record = told.find(
      ({ attributes }) => attributes['async.task.id'] === span?.attributes['async.task.id'],
    );
    assert.match(String(record?.body), new RegExp(`^${work.name} ran for \\d+ ms without a break; created `));
    assert.equal(record?.attributes['async.callback.duration'], duration);
    assert.equal(record?.attributes['event.name'], SLOW);
    assert.match(String(record?.attributes['code.file.path']), /slow-callbacks\.test\.ts$/);
    assert.equal(record?.spanContext?.traceId, tree.root.spanContext().traceId);
  });
}

const CALLBACKS: Readonly<Record<string, [name: string, run: (burn: () => void) => Promise<unknown>]>> = {
  timer: ['setTimeout', (work) => new Promise((resolve) => setTimeout(() => resolve(work()), 1))],
  immediate: ['setImmediate', (work) => new Promise((resolve) => setImmediate(() => resolve(work())))],
  'an AsyncResource': ['QUERY', async (work) => new AsyncResource('QUERY').runInAsyncScope(work)],
  'a timer with a scope inside': [
    'setTimeout',
    (work) =>
      new Promise((resolve) =>
        setTimeout(() => {
          new AsyncResource('QUERY').runInAsyncScope(() => {});
          resolve(work());
        }, 1),
      ),
  ],
};
for (const [what, [name, run]] of Object.entries(CALLBACKS)) {
  test(`a callback of ${what}`, async () => {
    const { spans } = await slowRunsOf(() => run(() => burn(SLOW_MS + 5)));
    assert.ok(spans.some((span) => span.name === name));
  });
}

test('what has no span of its own is told of in a span beside, within the times of its trace', async () => {
  // late in a millisecond of the wall clock, which would leave most of it out
  for (let round = 0; round < 3; round++) {
    for (const before = Date.now(); Date.now() === before; );
    for (const from = performance.now(); performance.now() - from < 0.8; );
    const { tree } = await slowRunsOf(
      () => new Promise<void>((resolve) => process.nextTick(() => resolve(void burn(65)))),
    );
    const { traceId } = tree.root.spanContext();
    await untilSpan((span) => span.name === SLOW && span.spanContext().traceId === traceId);
    const beside = kit.spans().find((span) => span.name === SLOW && span.spanContext().traceId === traceId);
    assert.ok(beside);
    const { startTime, endTime } = tree.root;
    assert.ok(nanos(beside.startTime) >= nanos(startTime), `${beside.startTime} before ${startTime}`);
    assert.ok(nanos(beside.endTime) <= nanos(endTime), `${beside.endTime} after ${endTime}`);
  }
});

test('the reaction to I/O is a run too', async () => {
  const { told } = await slowRunsOf(() => stat('.').then(() => burn(SLOW_MS * 5)));
  const seconds = told.map(({ attributes }) => Number(attributes['async.callback.duration']));
  assert.ok(
    seconds.some((one) => one >= (SLOW_MS * 5) / 1_000),
    String(seconds),
  );
});

test('what a trace begins with, in no task', async () => {
  const { tree, told } = await slowRunsOf((root) => {
    // records of one place are folded, and a busy machine has had some of `root`
    root.updateName('arrival');
    burn(SLOW_MS * 5);
    // while the root is open: afterwards it would be a span beside
    return recordsOf(root, 1);
  });
  const [record] = told;
  assert.match(
    String(record?.body),
    /^The code that began arrival, before it waited for anything, ran for \d+ ms without a break\b/,
  );
  assert.equal(record?.spanContext?.spanId, tree.root.spanContext().spanId);
  assert.notEqual(record?.attributes['async.finding.certainty'], 'proven');
  const [event] = tree.root.events.filter(({ name }) => name === SLOW);
  assert.equal(event?.attributes?.['async.callback.duration'], record?.attributes['async.callback.duration']);
  assert.ok(Number(event?.attributes?.['async.callback.duration']) >= (SLOW_MS * 5) / 1_000);
});

test('what a trace begins with is not told of again where a task of it was', async () => {
  const { told } = await slowRunsOf(() => firstSegment());
  await sleep(50);
  const again = records
    .named(SLOW)
    .filter(({ spanContext }) => spanContext?.traceId === told[0]?.spanContext?.traceId);
  assert.deepEqual(
    again.map(({ body }) => String(body).split(' ran ')[0]),
    ['firstSegment'],
  );
});

test('announced work is told of nowhere', async () => {
  const { told } = await slowRunsOf(async () => {
    await sleep(1);
    expectBlock(() => burn(3_000));
    await continuation();
  });
  for (const { attributes } of told) assert.ok(Number(attributes['async.callback.duration']) < 3);
});

test('records of one place are folded and counted, span events are not', async () => {
  async function again(): Promise<void> {
    await null;
    burn(SLOW_MS + 1);
  }
  const { tree } = await slowRunsOf(async () => {
    for (let i = 0; i < 5; i++) await again();
  }, 3);
  assert.equal(tree.tasks.filter(({ name, events }) => name === 'again' && events.length > 0).length, 5);
  assert.equal(records.named(SLOW).filter(({ body }) => /^again/.test(String(body))).length, 3);
});

test('the threshold can be moved while running', async () => {
  const config = kit.instrumentation.getConfig();
  kit.instrumentation.setConfig({ ...config, slowCallbackMs: 5 });
  async function shorter(): Promise<void> {
    await sleep(1);
    burn(8);
  }
  const { told } = await slowRunsOf(() => shorter());
  assert.ok(told.some(({ body }) => /^shorter ran/.test(String(body))));
  kit.instrumentation.setConfig(config);
});

test('nothing is left on the process', async () => {
  const count = () => process.listenerCount('beforeExit') + process.listenerCount('exit');
  const listeners = count();
  await slowRunsOf(() => firstSegment());
  await sleep(20);
  assert.equal(count(), listeners);
});

async function untilSpan(isIt: (span: ReturnType<TraceKit['spans']>[number]) => boolean): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!kit.spans().some(isIt)) {
    assert.ok(Date.now() < deadline, 'no such span');
    await sleep(20);
  }
}

/** Runs that are too long, in debug mode: outside traces, and where nothing is known of a task. */
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { type Span, trace } from '@opentelemetry/api';
import { block as burn, sleep } from '../support/delays.js';
import { type LogKit, startLogKit } from '../support/log-kit.js';
import { startKit, type TraceKit } from '../support/trace-kit.js';

const SLOW = 'async.callback.slow';
const SLOW_MS = 60;

let kit: TraceKit;
let records: LogKit;
before(() => {
  records = startLogKit();
  kit = startKit({ debug: true, slowCallbackMs: SLOW_MS, recorder: { enabled: false } });
});
after(async () => {
  await kit.stop();
  await records.stop();
});

/** Waits for a record whose body fits. */
async function record(body: RegExp) {
  for (let count = 1; ; count++) {
    const found = (await records.until(SLOW, count)).find((one) => body.test(String(one.body)));
    if (found) return found;
  }
}

test('a run outside of traces is told of in the trace that its task becomes', async () => {
  async function nightlyJob(): Promise<void> {
    await sleep(1);
    burn(SLOW_MS + 5);
    await sleep(1);
  }
  await nightlyJob();
  const told = await record(/^nightlyJob ran for/);
  const span = await spanNamed('nightlyJob');
  assert.equal(told.spanContext?.spanId, span.spanContext().spanId);
  assert.equal(told.spanContext?.traceId, span.spanContext().traceId);
  assert.ok(span.events.some(({ name }) => name === SLOW));
});

test('an interval keeps telling, and its span holds a few of the runs', async () => {
  let runs = 0;
  await new Promise<void>((resolve) => {
    const interval = setInterval(() => {
      burn(SLOW_MS + 1);
      if (++runs === 12) {
        clearInterval(interval);
        resolve();
      }
    }, 1);
  });
  const span = await spanNamed('setInterval');
  const events = span.events.filter(({ name }) => name === SLOW);
  assert.equal(events.length, 10);
  assert.ok(Number(events.at(-1)?.attributes?.['async.folded_count']) >= 2);
});

test('a module that blocks while it loads is no callback of the loader of Node', async () => {
  const spin = `const end = performance.now() + ${SLOW_MS + 5}; while (performance.now() < end);`;
  await import(`data:text/javascript,${encodeURIComponent(spin)}`);
  async function afterwards(): Promise<void> {
    await sleep(1);
    burn(SLOW_MS + 5);
  }
  await afterwards();
  await record(/^afterwards ran for/);
  const files = records.named(SLOW).map(({ attributes }) => String(attributes['code.file.path']));
  // a busy machine makes runs of Node's test runner slow too
  assert.deepEqual(
    files.filter((file) => file.startsWith('node:internal/modules/')),
    [],
  );
});

test('beyond the budget for sites runs are told of without one', async () => {
  kit.instrumentation.setConfig({ ...kit.instrumentation.getConfig(), sitesPerSecond: 0 });
  setTimeout(() => burn(SLOW_MS + 5), 1);
  const timer = await record(/^setTimeout ran for .*; its creation site is not known/);
  assert.equal(timer.attributes['code.file.path'], undefined);
  await new Promise<void>((resolve) => {
    setTimeout(() => {
      void Promise.resolve().then(async () => {
        await null;
        burn(SLOW_MS + 5);
        resolve();
      });
    }, 1);
  });
  await record(/(of no known task|^setTimeout) ran for .*; its creation site is not known/);
});

test('a callback that no task was made of is told of, by the trace that it begins where it begins one', async () => {
  kit.instrumentation.setConfig({ ...kit.instrumentation.getConfig(), sitesPerSecond: 0 });
  const unknown = () =>
    records.named(SLOW).filter(({ body }) => /^A callback of no known task/.test(String(body)));
  const before = unknown().length;
  const fromTick = (work: () => void) => setTimeout(() => process.nextTick(work), 1);
  fromTick(() => burn(SLOW_MS + 5));
  for (let count = 1; unknown().length === before; count++) await records.until(SLOW, count);
  const tracer = trace.getTracer('test');
  const root = await new Promise<Span>((resolve) =>
    fromTick(() => {
      resolve(tracer.startSpan('begun in a tick'));
      burn(SLOW_MS + 5);
    }),
  );
  const told = await record(/^The code that began begun in a tick/);
  root.end();
  assert.equal(told.spanContext?.spanId, root.spanContext().spanId);
  assert.equal(unknown().length, before + 1);
});

async function spanNamed(name: string) {
  const deadline = Date.now() + 15_000;
  for (;;) {
    const span = kit.spans().find((one) => one.name === name);
    if (span) return span;
    assert.ok(Date.now() < deadline, `no span named ${name}`);
    await sleep(20);
  }
}

import assert from 'node:assert/strict';
import { createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { finished } from 'node:stream/promises';
import test, { after, before } from 'node:test';
import { context } from '@opentelemetry/api';
import { ExportResultCode, suppressTracing } from '@opentelemetry/core';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import { EVENT } from '../../src/semconv.js';
import { block } from '../support/delays.js';
import { startKit, type TaskTree, type TraceKit } from '../support/trace-kit.js';

const SLOW_MS = 60;

let kit: TraceKit;
before(() => {
  kit = startKit({ debug: true, slowCallbackMs: SLOW_MS });
});
after(() => kit.stop());

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
async function leaf(): Promise<void> {
  await sleep(2);
}
async function outside(): Promise<void> {
  await leaf();
  await Promise.resolve();
}
async function ticks(): Promise<void> {
  let runs = 0;
  await new Promise<void>((resolve) => {
    const interval = setInterval(async function tick() {
      await leaf();
      if (++runs === 2) {
        clearInterval(interval);
        resolve();
      }
    }, 4);
  });
}

/** Debug mode writes what ended outside traces about once a second. */
async function named(name: string, count = 1) {
  const deadline = Date.now() + 5_000;
  for (;;) {
    const found = kit.spans().filter((span) => span.name === name);
    if (found.length >= count) return found;
    assert.ok(Date.now() < deadline, `${found.length} spans named ${name}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

test('work outside traces is told, with its stack', async () => {
  await outside();
  const [root] = await named('outside');
  const child = (await named('leaf')).find(
    (span) => span.parentSpanContext?.spanId === root?.spanContext().spanId,
  );
  assert.ok(child, 'no leaf below outside');
  assert.equal(child?.spanContext().traceId, root?.spanContext().traceId);
  assert.ok(root?.attributes['code.stacktrace']);
});

test('what a repeating timer causes is told apart from it', async () => {
  await ticks();
  const found = await named('tick', 2);
  const [interval] = await named('setInterval');
  for (const span of found) {
    assert.equal(span.parentSpanContext, undefined);
    assert.equal(span.attributes['async.task.trigger.id'], interval?.attributes['async.task.id']);
  }
  assert.notEqual(found[0]?.spanContext().traceId, found[1]?.spanContext().traceId);
});

test('the timers that Node sets while it serves a call are not told', async () => {
  const served = new Promise<TaskTree>((resolve, reject) => {
    const server = createServer((request, response) => {
      kit
        .trace(async () => {
          response.end('served');
          await finished(response);
        })
        .then(resolve, reject);
      request.once('close', () => server.close());
    }).listen(0, () =>
      get({ port: (server.address() as AddressInfo).port }, (response) => response.resume()),
    );
  });
  const timers = (await served).tasks.filter((span) => span.attributes['async.task.type'] === 'Timeout');
  assert.deepEqual(
    timers.map(({ attributes }) => attributes['code.stacktrace']),
    [],
  );
});

test('what Node puts off while it serves a call is not told, a tick of your own is', async () => {
  async function copies(): Promise<void> {
    const { PassThrough } = await import('node:stream');
    const through = new PassThrough();
    through.write('some text');
    through.end();
    for await (const _chunk of through);
    await new Promise<void>((resolve) => process.nextTick(resolve));
  }
  await copies();
  const [tick] = await named('process.nextTick');
  assert.equal(tick?.attributes['async.task.type'], 'TickObject');
  assert.match(String(tick?.attributes['code.file.path']), /debug-mode\.test\.ts$/);
  assert.deepEqual(
    kit.spans().flatMap(({ name }) => (name === 'TickObject' ? [name] : [])),
    [],
  );
});

test("suppressed work and the SDK's own makes no span", async () => {
  const before = kit.spans().length;
  await context.with(suppressTracing(context.active()), async function suppressed() {
    await sleep(3);
  });
  await named('setTimeout');
  assert.equal(kit.spans().filter((span) => span.name === 'suppressed').length, 0);
  assert.ok(kit.spans().length >= before);
});

test("a timer of the SDK's own is nobody's callback, however long what it calls takes", async () => {
  let exported = false;
  const batches = new BatchSpanProcessor(
    {
      export(_spans, report) {
        block(SLOW_MS * 3);
        report({ code: ExportResultCode.SUCCESS });
        exported = true;
      },
      shutdown: async () => {},
    },
    { scheduledDelayMillis: 5 },
  );
  // as an application's own code ends its spans
  const provider = new NodeTracerProvider({ spanProcessors: [batches] });
  provider.getTracer('app').startSpan('request').end();
  // the SDK's timer keeps no process alive
  while (!exported) await sleep(5);
  async function afterwards(): Promise<void> {
    await sleep(1);
    block(SLOW_MS + 5);
  }
  await afterwards();
  await named('afterwards');
  const slow = kit.spans().filter(({ name }) => name === EVENT.CALLBACK_SLOW);
  const timers = slow.filter(({ attributes }) => attributes['async.task.type'] === 'Timeout');
  assert.deepEqual(
    timers.filter(({ attributes }) => attributes['code.file.path'] === undefined),
    [],
  );
  await batches.shutdown();
});

test('switching debug off removes the hooks and gives no more spans', async () => {
  kit.instrumentation.setDebug(false);
  // a run that a busy machine made slow is told in standard mode too
  const names = () => kit.spans().flatMap(({ name }) => (name === EVENT.CALLBACK_SLOW ? [] : name));
  const before = names();
  await outside();
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  assert.deepEqual(names(), before);
  kit.instrumentation.setDebug(true);
  await outside();
  await named('outside', 2);
});

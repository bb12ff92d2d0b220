import assert from 'node:assert/strict';
import test from 'node:test';
import { context, trace } from '@opentelemetry/api';
import {
  BatchSpanProcessor,
  InMemorySpanExporter,
  NodeTracerProvider,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-node';
import { AsyncInstrumentation, type EventRecord } from '../../src/index.js';

const quiet = {
  watchdog: { enabled: false },
  eventLoop: { enabled: false },
  errors: { enabled: false },
  // on a busy machine a program of a second may be all budget
  overheadBudget: 1,
} as const;

async function work(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 3));
}

function request(body: () => Promise<unknown> = work): Promise<unknown> {
  return trace.getTracer('app').startActiveSpan('request', (span) => body().finally(() => span.end()));
}

function provide(): { exporter: InMemorySpanExporter; provider: NodeTracerProvider } {
  const exporter = new InMemorySpanExporter();
  return {
    exporter,
    provider: new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }),
  };
}

function unregister(): void {
  trace.disable();
  context.disable();
}

const namesIn = (exporter: InMemorySpanExporter) => exporter.getFinishedSpans().map(({ name }) => name);

test('a provider registered after us is followed at once, and its successor too', async () => {
  const instrumentation = new AsyncInstrumentation(quiet);
  for (let round = 0; round < 2; round++) {
    const { exporter, provider } = provide();
    provider.register();
    await request();
    assert.ok(namesIn(exporter).includes('work'), `round ${round}`);
    await provider.shutdown();
    unregister();
  }
  instrumentation.disable();
});

test('a tracer taken before us is seen', async () => {
  const { exporter, provider } = provide();
  provider.register();
  const early = trace.getTracer('early');
  const instrumentation = new AsyncInstrumentation(quiet);
  await early.startActiveSpan('request', (span) => work().finally(() => span.end()));
  assert.ok(namesIn(exporter).includes('work'));
  instrumentation.disable();
  unregister();
});

test('disabled nothing is made and nothing stays wrapped; enabled again it works', async () => {
  const { exporter, provider } = provide();
  const tracer = Object.getPrototypeOf(provider.getTracer('x'));
  const before = [tracer.startSpan, Object.getPrototypeOf(trace).setGlobalTracerProvider];
  provider.register();
  const instrumentation = new AsyncInstrumentation(quiet);
  await request();
  const count = namesIn(exporter).filter((name) => name === 'work').length;
  assert.equal(count, 1);
  instrumentation.disable();
  assert.deepEqual([tracer.startSpan, Object.getPrototypeOf(trace).setGlobalTracerProvider], before);
  await request();
  assert.equal(namesIn(exporter).filter((name) => name === 'work').length, 1);
  instrumentation.enable();
  await request();
  assert.equal(namesIn(exporter).filter((name) => name === 'work').length, 2);
  instrumentation.disable();
  unregister();
});

test('two instances make no span twice', async () => {
  const { exporter, provider } = provide();
  provider.register();
  const instances = [new AsyncInstrumentation(quiet), new AsyncInstrumentation(quiet)];
  await request();
  assert.equal(namesIn(exporter).filter((name) => name === 'work').length, 1);
  instances[0]?.disable();
  await request();
  assert.equal(namesIn(exporter).filter((name) => name === 'work').length, 2);
  instances[1]?.disable();
  unregister();
});

test('the limit a trace has is kept, and what was left out is counted', async () => {
  const { exporter, provider } = provide();
  provider.register();
  const instrumentation = new AsyncInstrumentation({ ...quiet, spans: { maxPerTrace: 5 } });
  await request(async () => {
    await Promise.all(Array.from({ length: 40 }, () => work()));
  });
  assert.equal(exporter.getFinishedSpans().filter((span) => 'async.task.id' in span.attributes).length, 5);
  instrumentation.disable();
  unregister();
});

test('what a trace had to leave out is told once, with the right number', async () => {
  const { provider } = provide();
  provider.register();
  const records: EventRecord[] = [];
  const instrumentation = new AsyncInstrumentation({
    ...quiet,
    spans: { maxPerTrace: 5 },
    redact: (record) => {
      records.push(record);
      return record;
    },
  });
  await request(async () => {
    await Promise.all(Array.from({ length: 40 }, () => work()));
  });
  await new Promise((resolve) => setImmediate(resolve));
  const shed = records.filter(({ eventName }) => eventName === 'async.trace.shed');
  assert.equal(shed.length, 1);
  // 40 calls with a timer each, Promise.all, and the function around them
  assert.equal(shed[0]?.attributes['async.folded_count'], 40 * 2 + 2 - 5);
  instrumentation.disable();
  unregister();
});

test('a trace beyond the budget has no task span and says so on its root', async () => {
  const { exporter, provider } = provide();
  provider.register();
  const instrumentation = new AsyncInstrumentation({ ...quiet, spans: { maxPerSecond: 1 } });
  for (let i = 0; i < 5; i++) await request();
  const roots = exporter.getFinishedSpans().filter(({ name }) => name === 'request');
  const detail = roots.map(({ attributes }) => attributes['async.trace.detail']);
  assert.equal(detail[0], 'full');
  assert.ok(detail.includes('shed'));
  for (const root of roots) {
    const children = exporter
      .getFinishedSpans()
      .filter((span) => span !== root && span.spanContext().traceId === root.spanContext().traceId);
    assert.equal(children.length > 0, root.attributes['async.trace.detail'] === 'full');
  }
  instrumentation.disable();
  unregister();
});

test("where the export queue overflows, the application's spans lose nothing to ours", async () => {
  const survivors = async (instrumented: boolean) => {
    const exporter = new InMemorySpanExporter();
    const provider = new NodeTracerProvider({
      spanProcessors: [new BatchSpanProcessor(exporter, { maxQueueSize: 100, maxExportBatchSize: 100 })],
    });
    provider.register();
    const instrumentation = instrumented ? new AsyncInstrumentation(quiet) : undefined;
    await request(async () => {
      await Promise.all(Array.from({ length: 10 }, () => work()));
    });
    // ours wait in the queue by now; all in one turn, so that nothing is exported meanwhile
    for (let i = 0; i < 500; i++) trace.getTracer('app').startSpan(`burst ${i}`).end();
    await provider.forceFlush();
    const kept = exporter.getFinishedSpans().filter((span) => !('async.task.id' in span.attributes)).length;
    instrumentation?.disable();
    await provider.shutdown();
    unregister();
    return kept;
  };
  const bare = await survivors(false);
  assert.ok(bare >= 100 && bare < 501, `${bare} survive bare`);
  assert.equal(await survivors(true), bare);
});

test('a span whose children have left already finds room in a queue that is full', async () => {
  const exporter = new InMemorySpanExporter();
  const batches = new BatchSpanProcessor(exporter, { maxQueueSize: 4_000, scheduledDelayMillis: 3_600_000 });
  const provider = new NodeTracerProvider({ spanProcessors: [batches] });
  provider.register();
  const instrumentation = new AsyncInstrumentation({
    ...quiet,
    spans: { minDurationMs: 0, maxPerTrace: 4_000, maxPerSecond: 100_000 },
  });
  const isStep = ({ name }: { name: string }) => name === 'step';
  async function step(): Promise<void> {
    await null;
  }
  async function outlives(): Promise<void> {
    // so many that what has ended is written while the trace goes on
    for (let i = 0; i < 1_200; i++) await step();
    while (!exporter.getFinishedSpans().some(isStep)) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      await provider.forceFlush();
    }
    for (let i = 0; i < 5_000; i++) trace.getTracer('app').startSpan('burst').end();
  }
  await request(outlives);
  await provider.forceFlush();
  const spans = exporter.getFinishedSpans();
  const parent = spans.find(({ name }) => name === 'outlives');
  assert.ok(parent, 'the parent is there');
  for (const child of spans.filter(isStep)) {
    assert.equal(child.parentSpanContext?.spanId, parent.spanContext().spanId);
  }
  instrumentation.disable();
  await provider.shutdown();
  unregister();
});

test('a trace beyond the overhead budget has no task span, and later ones have again', async () => {
  const { exporter, provider } = provide();
  provider.register();
  const instrumentation = new AsyncInstrumentation({ ...quiet, overheadBudget: 0.0005 });
  const detail = () =>
    exporter.getFinishedSpans().findLast(({ name }) => name === 'request')?.attributes['async.trace.detail'];
  await request();
  assert.equal(detail(), 'full');
  const deadline = Date.now() + 10_000;
  while (detail() !== 'shed' && Date.now() < deadline) await request();
  assert.equal(detail(), 'shed');
  while (detail() !== 'full' && Date.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    await request();
  }
  assert.equal(detail(), 'full');
  instrumentation.disable();
  unregister();
});

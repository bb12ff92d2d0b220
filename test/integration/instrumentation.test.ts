/** OpenTelemetry's lifecycle: providers before and after, on and off and on, options while running, two instances. */
import assert from 'node:assert/strict';
import test, { afterEach, beforeEach } from 'node:test';
import { context, trace } from '@opentelemetry/api';
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';
import { AsyncInstrumentation, type AsyncInstrumentationConfig } from '../../src/index.js';
import { SCOPE } from '../../src/semconv.js';

const API_SLOT = Symbol.for('opentelemetry.js.api.1');

let exporter: InMemorySpanExporter;
let provider: NodeTracerProvider;
const instances: AsyncInstrumentation[] = [];

beforeEach(() => newProvider());

afterEach(async () => {
  for (const instance of instances.splice(0)) instance.disable();
  delete process.env.OTEL_NODE_ASYNC_ENABLED;
  await unregister();
});

function newProvider(): void {
  exporter = new InMemorySpanExporter();
  provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
}

async function unregister(): Promise<void> {
  await provider.shutdown();
  trace.disable();
  context.disable();
}

function create(config: AsyncInstrumentationConfig = {}): AsyncInstrumentation {
  const instance = new AsyncInstrumentation({
    watchdog: { enabled: false },
    spans: { minDurationMs: 1 },
    ...config,
  });
  instances.push(instance);
  return instance;
}

async function work(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 4));
}

/** The names of the task spans of one trace in which `work` runs. */
async function taskNames(): Promise<string[]> {
  exporter.reset();
  await trace.getTracer('test').startActiveSpan('root', async (root) => {
    await work();
    root.end();
  });
  await new Promise((resolve) => setImmediate(resolve));
  const spans = exporter.getFinishedSpans();
  assert.equal(spans.filter((span) => span.name === 'root').length, 1);
  return spans.filter((span) => span.instrumentationScope.name === SCOPE).map(({ name }) => name);
}

const works = (names: string[]) => names.filter((name) => name === 'work').length;

test('a provider registered before the instrumentation is made', async () => {
  provider.register();
  create();
  assert.equal(works(await taskNames()), 1);
});

test('a provider registered after it, in the first trace at once', async () => {
  create();
  provider.register();
  assert.equal(works(await taskNames()), 1);
});

test('a provider that is replaced: the spans go to the new one', async () => {
  create();
  provider.register();
  assert.equal(works(await taskNames()), 1);
  await unregister();
  newProvider();
  provider.register();
  assert.equal(works(await taskNames()), 1);
});

test('registerInstrumentations with a provider of its own, which is not the global one', async () => {
  provider.register();
  const other = new InMemorySpanExporter();
  const tracerProvider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(other)] });
  registerInstrumentations({ instrumentations: [create()], tracerProvider });
  await tracerProvider.getTracer('test').startActiveSpan('root', async (root) => {
    await work();
    root.end();
  });
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(works(other.getFinishedSpans().map(({ name }) => name)), 1);
  assert.deepEqual(exporter.getFinishedSpans(), []);
  await tracerProvider.shutdown();
});

test('what registerInstrumentations gives back disables it', async () => {
  provider.register();
  const instance = create();
  const unload = registerInstrumentations({ instrumentations: [instance] });
  assert.equal(works(await taskNames()), 1);
  unload();
  assert.equal(instance.isEnabled(), false);
  assert.deepEqual(await taskNames(), []);
});

test('on, off, on again, as often as one likes', async () => {
  provider.register();
  const instance = create();
  for (let round = 0; round < 3; round++) {
    instance.disable();
    instance.disable();
    assert.equal(instance.isEnabled(), false);
    assert.deepEqual(await taskNames(), []);
    instance.enable();
    instance.enable();
    assert.equal(instance.isEnabled(), true);
    assert.equal(works(await taskNames()), 1);
  }
});

test('disabled in the middle of a trace, and enabled in the middle of one: nothing breaks', async () => {
  provider.register();
  const instance = create();
  await trace.getTracer('test').startActiveSpan('root', async (root) => {
    const running = work();
    instance.disable();
    await running;
    instance.enable();
    await work();
    root.end();
  });
  await new Promise((resolve) => setImmediate(resolve));
  const ids = exporter.getFinishedSpans().map((span) => span.spanContext().spanId);
  assert.equal(new Set(ids).size, ids.length);
  assert.ok(exporter.getFinishedSpans().some((span) => span.name === 'root'));
  assert.equal(works(await taskNames()), 1);
});

function activeTimers(): string[] {
  return process.getActiveResourcesInfo().filter((name) => /Time|Immediate|Worker|MessagePort/.test(name));
}

/** Everything of the process, and of OpenTelemetry's, that we touch while we run. */
function world() {
  const tracer = provider.getTracer('world');
  const span = tracer.startSpan('world');
  const manager = (globalThis as Record<symbol, { context?: { with: unknown } } | undefined>)[API_SLOT]
    ?.context;
  const listeners = process.eventNames().map((name) => [name, process.listenerCount(name)]);
  return {
    listeners: listeners
      .filter(([, count]) => count !== 0)
      .map(String)
      .sort(),
    emit: process.emit,
    ownEmit: Object.hasOwn(process, 'emit'),
    stackTraceLimit: Object.getOwnPropertyDescriptor(Error, 'stackTraceLimit'),
    prepareStackTrace: Object.getOwnPropertyDescriptor(Error, 'prepareStackTrace'),
    startSpan: tracer.startSpan,
    end: span.end,
    with: manager?.with,
    slot: typeof Object.getOwnPropertyDescriptor(globalThis, API_SLOT)?.get,
  };
}

/** What keeps the process alive. The exporter in memory answers with a timer a span, so that is waited for. */
async function timersLeft(): Promise<string[]> {
  const deadline = Date.now() + 5_000;
  while (activeTimers().length > 0 && Date.now() < deadline) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  return activeTimers();
}

test('disabled, it leaves process, Error and the SDK as it found them', async () => {
  provider.register();
  const before = world();
  const instance = create({ debug: true });
  await taskNames();
  assert.notEqual(world().startSpan, before.startSpan, 'nothing was touched: this test sees nothing');
  instance.disable();
  assert.deepEqual(world(), before);
  assert.deepEqual(await timersLeft(), []);
});

test('made with enabled: false it touches nothing, until it is enabled', async () => {
  provider.register();
  const before = world();
  const instance = create({ enabled: false });
  assert.equal(instance.isEnabled(), false);
  assert.deepEqual(world(), before);
  assert.deepEqual(await taskNames(), []);
  instance.enable();
  assert.equal(works(await taskNames()), 1);
  instance.setDebug(true);
  assert.equal(instance.isEnabled(), true, 'a switch of debug mode is no switch-off');
});

test('OTEL_NODE_ASYNC_ENABLED=false holds against an SDK that enables what it is given', async () => {
  process.env.OTEL_NODE_ASYNC_ENABLED = 'false';
  provider.register();
  const instance = create();
  registerInstrumentations({ instrumentations: [instance] });
  assert.equal(instance.isEnabled(), false);
  assert.deepEqual(await taskNames(), []);
});

test('code that says enabled: true beats OTEL_NODE_ASYNC_ENABLED=false', async () => {
  process.env.OTEL_NODE_ASYNC_ENABLED = 'false';
  provider.register();
  const instance = create({ enabled: true });
  assert.equal(instance.isEnabled(), true);
  assert.equal(works(await taskNames()), 1);
  instance.disable();
  instance.enable();
  assert.equal(instance.isEnabled(), true);
});

test('setConfig while running takes effect at the next trace', async () => {
  provider.register();
  const instance = create();
  assert.equal(works(await taskNames()), 1);
  instance.setConfig({ watchdog: { enabled: false }, spans: { minDurationMs: 60_000 } });
  assert.deepEqual(await taskNames(), []);
  instance.setConfig({ watchdog: { enabled: false }, spans: { minDurationMs: 1 } });
  assert.equal(works(await taskNames()), 1);
  instance.setConfig({ enabled: false });
  assert.equal(instance.isEnabled(), false);
  instance.setConfig({ watchdog: { enabled: false } });
  assert.equal(instance.isEnabled(), false, 'a configuration that says nothing of it does not switch it on');
});

test('setConfig with a bad value throws, and all stays as it was', async () => {
  provider.register();
  const instance = create();
  const config = instance.getConfig();
  assert.throws(() => instance.setConfig({ slowCallbackMs: -1 }), /`slowCallbackMs`.*1 to 600000.*-1/);
  assert.deepEqual(instance.getConfig(), config);
  assert.equal(works(await taskNames()), 1);
});

test('a bad value in the constructor throws before anything is touched', () => {
  const before = world();
  assert.throws(() => create({ spans: { maxPerTrace: -1 } }), RangeError);
  assert.deepEqual(world(), before);
});

test('two instances record once; one of them disabled leaves the other', async () => {
  provider.register();
  const [first, second] = [create(), create()];
  assert.equal(works(await taskNames()), 1);
  second.disable();
  assert.equal(works(await taskNames()), 1);
  first.disable();
  assert.deepEqual(await taskNames(), []);
  second.enable();
  assert.equal(works(await taskNames()), 1);
});

test('of two instances the newest decides, and when it goes the older one does again', async () => {
  provider.register();
  create();
  const newer = create({ spans: { enabled: false } });
  assert.deepEqual(await taskNames(), []);
  newer.disable();
  assert.equal(works(await taskNames()), 1);
});

test('getConfig gives a copy that changes nothing', () => {
  const instance = create({ slowCallbackMs: 70 });
  instance.getConfig().slowCallbackMs = 10;
  assert.equal(instance.getConfig().slowCallbackMs, 70);
  assert.equal(instance.getConfig().enabled, true);
});

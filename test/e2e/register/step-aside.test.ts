import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { Application, REGISTER, STEPS_ASIDE } from '../../support/application.js';
import { OtlpSink } from '../../support/otlp-sink.js';

/** An exporter of the application's, which prints what it gets. */
const EXPORTER = `
  const exporter = {
    export(spans, done) { for (const span of spans) console.log('span', span.name); done({ code: 0 }); },
    shutdown: () => Promise.resolve(), forceFlush: () => Promise.resolve(),
  };
`;
const LOUD = `
  diag.setLogger(new DiagConsoleLogger(), DiagLogLevel.WARN);
  const early = trace.getTracer('early');
`;
const WORK = `
  early.startSpan('early').end();
  trace.getTracer('t').startActiveSpan('work', (span) => setTimeout(() => {
    trace.getTracer('t').startSpan('child').end();
    span.end();
    console.log(trace.getSpan(context.active()) === span ? 'in context' : 'out of context');
  }, 20));
`;
const EXPECTED = ['in context', 'span child', 'span early', 'span setTimeout', 'span work'];

type Import = (names: string, from: string) => string;
const FORMS: [extension: string, form: Import][] = [
  ['mjs', (names, from) => `import { ${names} } from '${from}';\n`],
  ['cjs', (names, from) => `const { ${names} } = require('${from}');\n`],
];

const provider = (form: Import) => `
  ${form('context, diag, DiagConsoleLogger, DiagLogLevel, trace', '@opentelemetry/api')}
  ${form('NodeTracerProvider, SimpleSpanProcessor', '@opentelemetry/sdk-trace-node')}
  ${LOUD}${EXPORTER}
  new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }).register();
  ${WORK}
`;

const nodeSdk = (form: Import) => `
  ${form('context, diag, DiagConsoleLogger, DiagLogLevel, metrics, trace', '@opentelemetry/api')}
  ${form('NodeSDK', '@opentelemetry/sdk-node')}
  ${form('HttpInstrumentation', '@opentelemetry/instrumentation-http')}
  ${LOUD}${EXPORTER}
  const sdk = new NodeSDK({
    traceExporter: exporter, metricReaders: [], logRecordProcessors: [],
    instrumentations: [new HttpInstrumentation()],
  });
  sdk.start();
  ${WORK}
  process.once('beforeExit', () => sdk.shutdown());
`;

/** Asks itself over HTTP once: the application's own instrumentation must see server and client. */
const httpApp = `
  const { trace } = require('@opentelemetry/api');
  const { NodeSDK } = require('@opentelemetry/sdk-node');
  const { HttpInstrumentation } = require('@opentelemetry/instrumentation-http');
  ${EXPORTER}
  const sdk = new NodeSDK({
    traceExporter: exporter, metricReaders: [], logRecordProcessors: [],
    instrumentations: [new HttpInstrumentation()],
  });
  sdk.start();
  const { createServer, get } = require('node:http');
  const server = createServer((request, response) => {
    trace.getTracer('t').startSpan('handler').end();
    response.end();
  }).listen(0, () => get({ port: server.address().port }, (response) =>
    response.resume().on('end', () => server.close())));
  process.once('beforeExit', () => sdk.shutdown());
`;

const files: Record<string, string> = { 'http.cjs': httpApp };
for (const [extension, form] of FORMS) {
  files[`provider.${extension}`] = provider(form);
  files[`node-sdk.${extension}`] = nodeSdk(form);
}
files['metrics-only.mjs'] = `
  import { metrics, trace } from '@opentelemetry/api';
  import { MeterProvider } from '@opentelemetry/sdk-metrics';
  metrics.setGlobalMeterProvider(new MeterProvider());
  metrics.getMeter('t').createCounter('app.counter').add(1);
  trace.getTracer('t').startSpan('still ours').end();
`;
files['preload.mjs'] = nodeSdk(FORMS[0]![1]).replace(WORK, '');
files['plain.mjs'] = `
  import { context, trace } from '@opentelemetry/api';
  const early = trace.getTracer('early');
  ${WORK}
`;
const app = new Application(files);
after(() => app.remove());

let sink: OtlpSink;
before(async () => {
  sink = await OtlpSink.start();
});
after(() => sink.stop());
afterEach(() => {
  sink.requests.length = 0;
});

const run = (file: string, env: Record<string, string> = {}, ...flags: string[]) =>
  app.run(file, {
    flags: [...flags, '--import', REGISTER],
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: sink.url,
      // on a busy machine the detail of a trace would cost more than its budget, and callbacks are slow
      OTEL_NODE_ASYNC_OVERHEAD_BUDGET: '1',
      OTEL_NODE_ASYNC_SLOW_CALLBACK_MS: '60000',
      ...env,
    },
  });

const lines = (text: string) => text.trim().split('\n').sort();

describe('an application that registers its own SDK 2', () => {
  for (const name of ['provider', 'node-sdk']) {
    for (const [extension] of FORMS) {
      test(`${name}.${extension}: gets every span, nothing warns, one line says so`, async () => {
        const ended = await run(`${name}.${extension}`);
        assert.deepEqual(lines(ended.stdout), EXPECTED);
        assert.match(ended.stderr, STEPS_ASIDE);
        assert.equal(ended.code, 0);
        assert.deepEqual(sink.spanNames(), []);
      });
    }
  }

  test('its own instrumentations work as without us', async () => {
    const ended = await run('http.cjs', { OTEL_NODE_ASYNC_SPANS_ENABLED: 'false' });
    assert.deepEqual(lines(ended.stdout), ['span GET', 'span GET', 'span handler']);
    assert.match(ended.stderr, STEPS_ASIDE);
  });

  test('a meter provider alone takes metrics alone', async () => {
    const ended = await run('metrics-only.mjs');
    assert.match(ended.stderr, /its own OpenTelemetry \(metrics\)/);
    assert.deepEqual(sink.spanNames(), ['still ours']);
    assert.ok(!sink.metricNames().includes('app.counter'));
  });

  test('OTEL_NODE_ASYNC_START_SDK=true: ours stays, as OpenTelemetry itself says', async () => {
    const ended = await run('provider.mjs', { OTEL_NODE_ASYNC_START_SDK: 'true' });
    assert.match(ended.stderr, /Attempted duplicate registration of API: trace/);
    assert.deepEqual(sink.spanNames(), ['child', 'early', 'setTimeout', 'work']);
  });
});

describe('an SDK preloaded beside us', () => {
  const preload = ['--import', `${app.folder}/preload.mjs`];

  test('before us: is used, and nothing is said', async () => {
    const ended = await run('plain.mjs', {}, ...preload);
    assert.deepEqual(lines(ended.stdout), EXPECTED);
    assert.equal(ended.stderr, '');
    assert.deepEqual(sink.requests, []);
  });

  test('after us: takes over', async () => {
    const ended = await run('plain.mjs', {}, '--import', REGISTER, ...preload);
    assert.deepEqual(lines(ended.stdout), EXPECTED);
    assert.match(ended.stderr, STEPS_ASIDE);
    assert.deepEqual(sink.spanNames(), []);
  });
});

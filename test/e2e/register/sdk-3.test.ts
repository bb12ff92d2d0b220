import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { Application, REGISTER, STEPS_ASIDE } from '../../support/application.js';
import { installedSdk, SDKS_HERE } from '../../support/applications.js';
import { OtlpSink } from '../../support/otlp-sink.js';

/** An exporter of the application's, which prints what it gets. */
const EXPORTER = `
  const exporter = {
    export(spans, done) { for (const span of spans) console.log('span', span.name); done({ code: 0 }); },
    shutdown: () => Promise.resolve(), forceFlush: () => Promise.resolve(),
  };
`;
const WORK = `
  early.startSpan('early').end();
  trace.getTracer('t').startActiveSpan('work', (span) => setTimeout(() => {
    trace.getTracer('t').startSpan('child').end();
    span.end();
  }, 20));
`;
/** The task span shows that our own part followed the provider. */
const NAMES = ['child', 'early', 'setTimeout', 'work'];

/** ESM and CommonJS get different copies of the API, which do not know each other. */
const form = (extension: string) => (names: string, from: string) =>
  extension === 'mjs'
    ? `import { ${names} } from '${from}';\n`
    : `const { ${names} } = require('${from}');\n`;

function programs(extension: string): Record<string, string> {
  const load = form(extension);
  const api = load(
    'context, diag, DiagConsoleLogger, DiagLogLevel, logs, metrics, trace',
    '@opentelemetry/api',
  );
  const early = `diag.setLogger(new DiagConsoleLogger(), DiagLogLevel.WARN); const early = trace.getTracer('early');\n`;
  return {
    [`plain.${extension}`]: `${api}const early = trace.getTracer('early');
      metrics.getMeter('t').createCounter('app.counter').add(1);
      logs.getLogger('t').emit({ body: 'app log' });
      process.on('beforeExit', () => console.log('beforeExit'));
      ${WORK}`,
    [`provider.${extension}`]: `${api}${load('SimpleSpanProcessor, TracerProvider', '@opentelemetry/sdk-trace')}
      ${load('AsyncLocalStorageContextManager', '@opentelemetry/context-async-hooks')}
      ${early}${EXPORTER}
      trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }));
      context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
      ${WORK}`,
    [`node-sdk.${extension}`]: `${api}${load('NodeSDK', '@opentelemetry/sdk-node')}
      ${early}${EXPORTER}
      const sdk = new NodeSDK({ traceExporter: exporter, metricReaders: [], logRecordProcessors: [] });
      sdk.start();
      process.once('beforeExit', () => sdk.shutdown());
      ${WORK}`,
  };
}

const skip = SDKS_HERE.includes('sdk-3') ? false : 'SDK 3 needs Node 22.15';
describe('SDK 3', { skip }, () => {
  let app: Application;
  let sink: OtlpSink;
  before(async () => {
    sink = await OtlpSink.start();
    app = new Application(
      { ...programs('mjs'), ...programs('cjs') },
      join(installedSdk('sdk-3'), 'node_modules'),
    );
  });
  after(async () => {
    app.remove();
    await sink.stop();
  });
  afterEach(() => {
    sink.requests.length = 0;
  });

  for (const extension of ['mjs', 'cjs']) {
    const run = (name: string) =>
      app.run(`${name}.${extension}`, {
        flags: ['--import', REGISTER],
        env: {
          OTEL_EXPORTER_OTLP_ENDPOINT: sink.url,
          OTEL_NODE_ENABLED_INSTRUMENTATIONS: 'http',
          // on a busy machine callbacks are slow
          OTEL_NODE_ASYNC_SLOW_CALLBACK_MS: '60000',
        },
      });

    test(`${extension}: is found, started, and delivers all signals`, async () => {
      const ended = await run('plain');
      assert.equal(ended.stdout, 'beforeExit\n');
      assert.equal(ended.stderr, '');
      assert.deepEqual(sink.spanNames(), NAMES);
      assert.ok(sink.metricNames().includes('app.counter'));
      assert.ok(sink.logs.some((log) => log.body?.stringValue === 'app log'));
    });

    for (const name of ['provider', 'node-sdk']) {
      test(`${extension}: ours steps aside for ${name}`, async () => {
        const ended = await run(name);
        const printed = ended.stdout.trim().split('\n').sort();
        assert.deepEqual(
          printed,
          NAMES.map((span) => `span ${span}`),
        );
        assert.match(ended.stderr, STEPS_ASIDE);
        assert.deepEqual(sink.spanNames(), []);
      });
    }
  }
});

import assert from 'node:assert/strict';
import { createServer as createHttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { after, before, test } from 'node:test';
import { Application, REGISTER } from '../../support/application.js';
import { OtlpSink } from '../../support/otlp-sink.js';

const app = new Application({
  'app.mjs': `
    import { trace } from '@opentelemetry/api';
    trace.getTracer('t').startSpan('work').end();
    setTimeout(() => console.log('done'), 300);
  `,
  'long.mjs': `
    import { trace } from '@opentelemetry/api';
    const timer = setInterval(() => trace.getTracer('t').startSpan('work').end(), 10);
    setTimeout(() => { clearInterval(timer); console.log('done'); }, 2500);
  `,
  'blocked.mjs': `
    import { trace } from '@opentelemetry/api';
    trace.getTracer('t').startSpan('work').end();
    setTimeout(() => {
      const end = Date.now() + 500;
      while (Date.now() < end);
      console.log('done');
    }, 500);
  `,
  'until-it-hangs.mjs': `
    import { trace } from '@opentelemetry/api';
    const tracer = trace.getTracer('t');
    tracer.startSpan('answered').end();
    setTimeout(() => {
      tracer.startSpan('not answered').end();
      process.once('beforeExit', () => tracer.startSpan('at the end').end());
      console.log('done');
    }, 1000);
  `,
  'slow-dns.mjs': `
    import dns from 'node:dns';
    import { syncBuiltinESMExports } from 'node:module';
    dns.lookup = (host, options, done) => setTimeout(() => done(new Error('no such host')), 20_000);
    syncBuiltinESMExports();
  `,
});
after(() => app.remove());

/** Accepts and never answers: the request hangs, as with a packet filter that drops. */
let silent: Server;
const sockets = new Set<Socket>();
before(async () => {
  silent = createTcpServer((socket) => {
    sockets.add(socket.on('error', () => {}));
  });
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
});
after(() => {
  for (const socket of sockets) socket.destroy();
  silent.close();
});

const port = () => (silent.address() as AddressInfo).port;

/** The contract is 350 ms; the rest is for a machine that is slow. The SDK's own timers take 10 to 30 s. */
const MOST_MS = 1_000;

const ONCE = /^opentelemetry-instrumentation-async: cannot export to [^\n]*\n$/;

test(`with a refused connection it is said once, and the end is not held up`, async () => {
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9', OTEL_BSP_SCHEDULE_DELAY: '50' };
  const ended = await app.run('app.mjs', { flags: ['--import', REGISTER], env });
  assert.equal(ended.code, 0);
  assert.equal(ended.stdout, 'done\n');
  assert.match(ended.stderr, ONCE);
  assert.ok(ended.afterLastLineMs < MOST_MS, `${ended.afterLastLineMs} ms`);
});

test('what the environment says wrongly is told in a line each', async () => {
  const env = {
    OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318',
    OTEL_EXPORTER_OTLP_CERTIFICATE: '/no/such/file.pem',
    OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'thrift',
    OTEL_NODE_ASYNC_SITES: 'compild',
    OTEL_NODE_ASYNC_BLOCKED_LOOP_MS: 'soon',
    OTEL_NODE_ASYNC_START_SDK: 'maybe',
  };
  const ended = await app.run('app.mjs', { flags: ['--import', REGISTER], env });
  assert.equal(ended.stdout, 'done\n');
  // the last line is of the default that is taken, where nobody listens
  const lines = ended.stderr.replaceAll('opentelemetry-instrumentation-async: ', '').trim().split('\n');
  const told = lines.filter((line) => !line.startsWith('cannot export')).sort();
  assert.deepEqual(
    told.map((line) => line.replace(/(must be|ignored: it must be).*/, '$1')),
    [
      'OTEL_NODE_ASYNC_BLOCKED_LOOP_MS="soon" is ignored: it must be',
      'OTEL_NODE_ASYNC_SITES="compild" is ignored: it must be',
      'OTEL_NODE_ASYNC_START_SDK="maybe" is ignored: it must be',
      'OTLP protocol "thrift" is unknown; http/protobuf is used.',
      'the OTLP endpoint "collector:4318" is no http(s) URL and is ignored.',
      'the certificate file /no/such/file.pem cannot be read.',
    ],
  );
});

test(`with an endpoint that never answers the end is not held up`, async () => {
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port()}`, OTEL_BSP_SCHEDULE_DELAY: '50' };
  const ended = await app.run('app.mjs', { flags: ['--import', REGISTER], env });
  assert.equal(ended.code, 0);
  assert.equal(ended.stdout, 'done\n');
  assert.ok(ended.afterLastLineMs < MOST_MS, `${ended.afterLastLineMs} ms`);
});

test('an address where packets vanish', async () => {
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://192.0.2.1:4318', OTEL_BSP_SCHEDULE_DELAY: '50' };
  const ended = await app.run('app.mjs', { flags: ['--import', REGISTER], env });
  assert.equal(ended.code, 0);
  assert.ok(ended.afterLastLineMs < MOST_MS, `${ended.afterLastLineMs} ms`);
});

test('a collector that is overloaded is retried, and does not hold up the end either', async () => {
  const sink = await OtlpSink.start();
  sink.status = 503;
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: sink.url, OTEL_BSP_SCHEDULE_DELAY: '50' };
  const ended = await app.run('long.mjs', {
    flags: ['--import', REGISTER],
    env: { ...env, OTEL_METRICS_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none' },
  });
  await sink.stop();
  assert.match(ended.stderr, ONCE);
  assert.ok(ended.afterLastLineMs < MOST_MS, `${ended.afterLastLineMs} ms`);
  const ids = sink.spans.map((span) => Buffer.from(span.spanId ?? '').toString('hex'));
  assert.ok(ids.length > new Set(ids).size, 'no batch was tried again');
});

test('a collector that has answered, and hangs, has two seconds in all', async () => {
  let requests = 0;
  const server = createHttpServer((request, response) => {
    request.resume().on('end', () => requests++ === 0 && response.end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const ended = await app.run('until-it-hangs.mjs', {
    flags: ['--import', REGISTER],
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      OTEL_BSP_SCHEDULE_DELAY: '50',
    },
  });
  server.closeAllConnections();
  server.close();
  assert.equal(ended.stdout, 'done\n');
  assert.ok(requests > 1, 'nothing was sent after the first answer');
  assert.ok(ended.afterLastLineMs < 2_000 + MOST_MS, `${ended.afterLastLineMs} ms`);
});

test('with OTEL_LOG_LEVEL set the SDK speaks, and a dead endpoint still floods nothing', async () => {
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9', OTEL_BSP_SCHEDULE_DELAY: '20' };
  const ended = await app.run('long.mjs', {
    flags: ['--import', REGISTER],
    env: { ...env, OTEL_LOG_LEVEL: 'warn', OTEL_METRIC_EXPORT_INTERVAL: '100' },
  });
  assert.equal(ended.code, 0);
  assert.ok(ended.stderr.split('\n').length < 10, ended.stderr);
});

test('a name server that takes its time does not hold up the end', async () => {
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector.invalid:4318' };
  const flags = ['--import', `${app.folder}/slow-dns.mjs`, '--import', REGISTER];
  const ended = await app.run('app.mjs', { flags, env });
  assert.equal(ended.code, 0);
  assert.equal(ended.stdout, 'done\n');
  assert.ok(ended.afterLastLineMs < 5_000, `${ended.afterLastLineMs} ms`);
});

test('nor is it where the sidecar has something to deliver too', async () => {
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port()}` };
  const ended = await app.run('blocked.mjs', { flags: ['--import', REGISTER], env });
  assert.equal(ended.code, 0);
  assert.equal(ended.stdout, 'done\n');
  assert.ok(ended.afterLastLineMs < MOST_MS, `${ended.afterLastLineMs} ms`);
});

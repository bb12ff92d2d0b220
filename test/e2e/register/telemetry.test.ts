import assert from 'node:assert/strict';
import { after, afterEach, beforeEach, describe, test } from 'node:test';
import { Application, REGISTER } from '../../support/application.js';
import { OtlpSink } from '../../support/otlp-sink.js';

const app = new Application({
  'app.mjs': `
    import { metrics, trace } from '@opentelemetry/api';
    import { logs } from '@opentelemetry/api-logs';
    process.on('beforeExit', () => console.log('beforeExit'));
    process.on('exit', () => console.log('exit'));
    metrics.getMeter('test').createCounter('app.counter').add(1);
    logs.getLogger('test').emit({ body: 'app log' });
    trace.getTracer('test').startActiveSpan('outer', (span) => setTimeout(() => {
      trace.getTracer('test').startSpan('inner').end();
      span.end();
    }, 20));
  `,
  'server.mjs': `
    import { createServer, get } from 'node:http';
    const server = createServer((request, response) => response.end('ok')).listen(0, () =>
      get({ port: server.address().port, path: '/hello' }, (response) => {
        response.resume().on('end', () => server.close());
      }));
  `,
  'late.mjs': `
    import { trace } from '@opentelemetry/api';
    process.on('beforeExit', () => {
      console.log('beforeExit');
      trace.getTracer('test').startSpan('ended in beforeExit').end();
    });
  `,
});
after(() => app.remove());

let sink: OtlpSink;
beforeEach(async () => {
  sink = await OtlpSink.start();
});
afterEach(() => sink.stop());

const to = (sink: OtlpSink, more: Record<string, string> = {}) => ({
  OTEL_EXPORTER_OTLP_ENDPOINT: sink.url,
  ...more,
});

for (const flag of ['--import', '--require']) {
  test(`${flag}: a normal exit delivers all three signals, and beforeExit fires once`, async () => {
    const ended = await app.run('app.mjs', { flags: [flag, REGISTER], env: to(sink) });
    assert.deepEqual(
      { ...ended, afterLastLineMs: 0, stderr: withoutEsmWarning(ended.stderr) },
      {
        code: 0,
        signal: null,
        stdout: 'beforeExit\nexit\n',
        stderr: '',
        afterLastLineMs: 0,
      },
    );
    assert.deepEqual(sink.spanNames(), ['inner', 'outer', 'setTimeout']);
    const [inner, outer] = ['inner', 'outer'].map((name) => sink.spans.find((span) => span.name === name));
    assert.deepEqual(inner?.parentSpanId, outer?.spanId);
    assert.ok(sink.metricNames().includes('app.counter'));
    assert.ok(sink.metricNames().includes('nodejs.eventloop.utilization'), String(sink.metricNames()));
    assert.ok(sink.logs.some((log) => log.body?.stringValue === 'app log'));
  });
}

test('what a beforeExit listener ends is delivered as well, and the listener runs once', async () => {
  const ended = await app.run('late.mjs', { flags: ['--import', REGISTER], env: to(sink) });
  assert.equal(ended.stdout, 'beforeExit\n');
  assert.deepEqual(sink.spanNames(), ['ended in beforeExit']);
});

test('every request is traced once, whatever way http was imported, and our own exports are not', async () => {
  const ended = await app.run('server.mjs', {
    flags: ['--import', REGISTER],
    env: to(sink, {
      OTEL_BSP_SCHEDULE_DELAY: '1',
      OTEL_NODE_ASYNC_SPANS_ENABLED: 'false',
      OTEL_NODE_ASYNC_WATCHDOG_ENABLED: 'false',
    }),
  });
  assert.equal(ended.stderr, '');
  assert.deepEqual(sink.spans.map(({ name, kind }) => [name, kind]).sort(), [
    ['GET', 2],
    ['GET', 3],
  ]);
  assert.equal(new Set(sink.spans.map((span) => String(span.traceId))).size, 1);
});

describe('the standard variables', () => {
  const run = (env: Record<string, string>) => app.run('app.mjs', { flags: ['--import', REGISTER], env });

  test('name, attributes and instance of the service', async () => {
    await run(to(sink, { OTEL_SERVICE_NAME: 'shop', OTEL_RESOURCE_ATTRIBUTES: 'a=1,b=two' }));
    const ids = new Set<unknown>();
    for (const resource of sink.resources) {
      assert.equal(resource.get('service.name'), 'shop');
      assert.equal(resource.get('b'), 'two');
      ids.add(resource.get('service.instance.id'));
    }
    assert.equal(ids.size, 1);
    assert.match(String([...ids][0]), /^[0-9a-f-]{36}$/);
  });

  test('a service.instance.id of the environment stays', async () => {
    await run(to(sink, { OTEL_RESOURCE_ATTRIBUTES: 'service.instance.id=pod-7' }));
    assert.ok(sink.resources.length > 0);
    for (const resource of sink.resources) assert.equal(resource.get('service.instance.id'), 'pod-7');
  });

  test('protocol, compression, headers and an endpoint for each signal', async () => {
    const other = await OtlpSink.start();
    const env = to(sink, {
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/protobuf',
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${other.url}/my/traces?x=1`,
      OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Basic%20abc,both=general',
      OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'both=own',
    });
    await run(env);
    await other.stop();
    assert.deepEqual(
      other.requests.map((request) => request.path),
      ['/my/traces?x=1'],
    );
    const [traces] = other.requests;
    assert.equal(traces?.headers['content-type'], 'application/x-protobuf');
    assert.equal(traces?.headers.authorization, 'Basic abc');
    assert.equal(traces?.headers.both, 'own');
    assert.deepEqual(other.spanNames(), ['inner', 'outer', 'setTimeout']);
    assert.deepEqual([...new Set(sink.requests.map((request) => request.path))].sort(), [
      '/v1/logs',
      '/v1/metrics',
    ]);
    for (const request of sink.requests) {
      assert.equal(request.headers['content-type'], 'application/json');
      assert.equal(request.headers['content-encoding'], 'gzip');
      assert.equal(request.headers.both, 'general');
    }
  });

  test('OTEL_SDK_DISABLED leaves the application alone', async () => {
    const ended = await run(to(sink, { OTEL_SDK_DISABLED: 'true' }));
    assert.equal(ended.stdout, 'beforeExit\nexit\n');
    assert.equal(ended.stderr, '');
    assert.deepEqual(sink.requests, []);
  });

  test('an exporter `none` switches its signal off, `console` prints it', async () => {
    const ended = await run(
      to(sink, {
        OTEL_TRACES_EXPORTER: 'console',
        OTEL_METRICS_EXPORTER: 'none',
        OTEL_LOGS_EXPORTER: 'none',
      }),
    );
    assert.match(ended.stdout, /name: 'outer'/);
    assert.deepEqual(sink.requests, []);
  });

  test('samplers', async () => {
    await run(to(sink, { OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '0' }));
    assert.deepEqual(sink.spanNames(), []);
    assert.ok(sink.metrics.length > 0);
  });

  test('OTEL_NODE_ASYNC_START_SDK=false starts nothing, and a bad value is ignored', async () => {
    await run(to(sink, { OTEL_NODE_ASYNC_START_SDK: 'false' }));
    assert.deepEqual(sink.requests, []);
    await run(to(sink, { OTEL_NODE_ASYNC_START_SDK: 'perhaps' }));
    assert.deepEqual(sink.spanNames(), ['inner', 'outer', 'setTimeout']);
  });
});

/** `--require` of an ES module outside `node_modules`, which only this test does. */
function withoutEsmWarning(stderr: string): string {
  return stderr.replace(/^\(node:\d+\) ExperimentalWarning: .*\n\(Use `node.*\n/gm, '');
}

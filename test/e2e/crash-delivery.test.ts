import assert from 'node:assert/strict';
import test, { after, before, beforeEach } from 'node:test';
import { attributesOf, Collector } from '../support/collector.js';
import { runProgram } from '../support/program.js';

let collector: Collector;
before(async () => {
  collector = await Collector.start();
});
after(() => collector.stop());
beforeEach(() => {
  collector.misbehave = undefined;
  for (const list of [collector.logs, collector.spans, collector.metrics]) list.length = 0;
});

const start = (kind: string, env: NodeJS.ProcessEnv = {}) =>
  runProgram('sidecar/crasher.mjs', [kind], {
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_SERVICE_NAME: 'crasher',
    ...env,
  });
const spanNamed = (name: string) => collector.spans.filter(({ item }) => item.name === name);
/** Without what differs from run to run, and the frames of Node's own. */
const bare = (text: string) =>
  text
    .replace(/\b[0-9a-f]{13,32}\b/g, 'N')
    .split('\n')
    .filter((line) => !/^ +at .*node:/.test(line))
    .join('\n');

for (const kind of ['throw', 'reject', 'next-tick', 'throw-string']) {
  test(`${kind}: error and spans arrive, and the process ends as without us`, async () => {
    const plain = await start(kind, { PACKAGE_URL: 'none' }).finished;
    collector.spans.length = 0;
    const run = await start(kind).finished;
    assert.equal(run.code, plain.code);
    assert.equal(run.code, 1);
    assert.equal(bare(run.stdout), bare(plain.stdout));
    assert.equal(bare(run.stderr), bare(plain.stderr));

    const [traceId, spanId] = /trace (\w+) (\w+)/.exec(run.stdout)?.slice(1) ?? [];
    const [exception] = collector.logs.filter(({ item }) => item.eventName === 'exception');
    assert.ok(exception, 'the exception record');
    assert.equal(exception.item.severityText, 'FATAL');
    assert.equal(exception.resource.get('service.name'), 'crasher');
    assert.equal(exception.item.traceId, traceId);
    if (kind !== 'throw-string') {
      assert.equal(attributesOf(exception.item).get('exception.type'), 'PaymentError');
    }
    const [ended] = spanNamed('already ended');
    assert.ok(ended);
    assert.equal(attributesOf(ended.item).get('order'), 7);
    assert.equal(attributesOf(ended.item).get('async.span.cut_off'), undefined);
    const [open] = spanNamed('request');
    assert.ok(open);
    assert.equal(open.item.spanId, spanId);
    assert.equal(attributesOf(open.item).get('async.span.cut_off'), true);
  });
}

test('process.exit() with spans that were not exported', async () => {
  const run = await start('exit').finished;
  assert.equal(run.code, 9);
  assert.equal(run.stderr, '');
  assert.equal(spanNamed('already ended').length, 1);
  assert.deepEqual(collector.logs, []);
});

test('process.exit() in an exit listener keeps its code, and the spans arrive', async () => {
  const run = await start('exit-in-exit').finished;
  assert.equal(run.code, 11);
  assert.equal(spanNamed('already ended').length, 1);
});

test("what ends in the application's exit listener arrives too", async () => {
  const run = await start('late-span').finished;
  assert.equal(run.code, 0);
  assert.equal(spanNamed('ended in an exit listener').length, 1);
});

test('an error that the application handles delays nothing and is not fatal', async () => {
  const run = await start('handled').finished;
  assert.equal(run.code, 0);
  assert.match(run.stdout, /handled/);
  assert.ok(collector.logs.every(({ item }) => item.severityText !== 'FATAL'));
});

test('JSON, headers and gzip as the standard variables say', async () => {
  const env = {
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20abc,x-tenant=7',
    OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
  };
  await start('throw', env).finished;
  const [exception] = collector.logs;
  assert.ok(exception);
  assert.equal(exception.headers['content-type'], 'application/json');
  assert.equal(exception.headers['content-encoding'], 'gzip');
  assert.equal(exception.headers.authorization, 'Bearer abc');
  assert.equal(exception.headers['x-tenant'], '7');
});

test('a collector that never answers holds the process 300 ms, and no longer', async () => {
  collector.misbehave = () => true;
  const run = await start('throw').finished;
  const ended = Date.now();
  const failed = Number(/fails (\d+)/.exec(run.stdout)?.[1]);
  assert.equal(run.code, 1);
  // what a loaded machine takes to end a process comes on top; the healthy wait of 2 s does not
  assert.ok(ended - failed < 1_800, `${ended - failed} ms`);
});

test('a collector that is not there costs nothing to speak of', async () => {
  const run = await start('throw', { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' }).finished;
  assert.equal(run.code, 1);
});

test('an answer of 503 is tried again', async () => {
  let refused = 0;
  collector.misbehave = (request, response) => {
    if (request.url !== '/v1/logs' || refused++ > 0) return undefined;
    request.resume();
    response.writeHead(503).end();
    return true;
  };
  await start('throw').finished;
  assert.equal(collector.logs.filter(({ item }) => item.eventName === 'exception').length, 1);
  assert.ok(refused > 1);
});

for (const [name, misbehave] of [
  [
    'redirects',
    (_request, response) => {
      response.writeHead(307, { location: '/elsewhere' }).end();
      return true;
    },
  ],
  [
    'answers without end',
    (request, response) => {
      request.resume();
      response.writeHead(500);
      const timer = setInterval(() => response.write('x'.repeat(10_000)), 5);
      response.on('close', () => clearInterval(timer));
      return true;
    },
  ],
] as [string, NonNullable<Collector['misbehave']>][]) {
  test(`a collector that ${name} changes nothing`, async () => {
    collector.misbehave = misbehave;
    const run = await start('throw').finished;
    assert.equal(run.code, 1);
    assert.match(run.stderr, /card declined/);
  });
}

test('crashExporter is where it goes, and nowhere else', async () => {
  const other = await Collector.start();
  try {
    const config = {
      crashExporter: { url: other.url, headers: { 'x-crash': 'yes' }, protocol: 'http/json' },
    };
    await start('throw', { CONFIG: JSON.stringify(config) }).finished;
    assert.equal(other.logs[0]?.headers['x-crash'], 'yes');
    assert.deepEqual(collector.logs, []);
  } finally {
    await other.stop();
  }
});

test('a crash at once, before the sidecar is up, ends as without us', async () => {
  const run = await start('throw', { WARM: '0' }).finished;
  assert.equal(run.code, 1);
  assert.match(run.stderr, /card declined/);
});

import assert from 'node:assert/strict';
import test, { after, before, beforeEach } from 'node:test';
import { attributesOf, Collector } from '../support/collector.js';
import { comparable } from '../support/crashes/crash.js';
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
for (const kind of ['throw', 'reject', 'next-tick', 'throw-string']) {
  test(`${kind}: error and spans arrive, and the process ends as without us`, async () => {
    const plain = await start(kind, { PACKAGE_URL: 'none' }).finished;
    collector.spans.length = 0;
    const run = await start(kind).finished;
    assert.deepEqual(comparable(run), comparable(plain));
    assert.equal(run.code, 1);

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
  // what the machine did to the loop meanwhile is another matter
  assert.ok(collector.logs.every(({ item }) => item.eventName !== 'exception'));
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

test('an exporter of the code, whose address cannot be seen, is named at start', async () => {
  const other = await Collector.start();
  try {
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: '', EXPORTER_URL: `${other.url}/v1/traces`, DIAG: '1' };
    const run = await start('long', env).finished;
    assert.equal(run.code, 0);
    assert.match(run.stderr, /spans leave through OTLPTraceExporter, configured in code.*`crashExporter`/);
    const config = JSON.stringify({ crashExporter: { url: other.url } });
    assert.doesNotMatch(
      (await start('long', { ...env, CONFIG: config }).finished).stderr,
      /configured in code/,
    );
  } finally {
    await other.stop();
  }
});

test('a crash at once, before the sidecar is up, ends as without us', async () => {
  const run = await start('throw', { WARM: '0' }).finished;
  assert.equal(run.code, 1);
  assert.match(run.stderr, /card declined/);
});

import assert from 'node:assert/strict';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after, afterEach, before, beforeEach } from 'node:test';
import { Collector } from '../support/collector.js';
import { comparable } from '../support/crashes/crash.js';
import { runProgram } from '../support/program.js';

const NOBODY = 'http://127.0.0.1:9';
let collector: Collector;
let folder: string;
let crashFile: string;
before(async () => {
  collector = await Collector.start();
});
after(() => collector.stop());
beforeEach(() => {
  folder = fs.mkdtempSync(join(tmpdir(), 'crash-file-'));
  crashFile = join(folder, 'last-words');
});
afterEach(() => {
  fs.rmSync(folder, { recursive: true });
  for (const list of [collector.logs, collector.spans, collector.metrics]) list.length = 0;
});

const start = (kind: string, endpoint: string, env: NodeJS.ProcessEnv = {}) =>
  runProgram('sidecar/crasher.mjs', [kind], {
    OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
    CONFIG: JSON.stringify({ crashFile }),
    ...env,
  }).finished;
const exceptions = () => collector.logs.filter(({ item }) => item.eventName === 'exception');

test('what nobody took is kept, and sent by the next start', async () => {
  const plain = await start('throw', NOBODY, { PACKAGE_URL: 'none' });
  const run = await start('throw', NOBODY);
  assert.deepEqual(comparable(run), comparable(plain));
  assert.equal(fs.statSync(crashFile).mode & 0o777, 0o600);
  const traceId = /trace (\w+)/.exec(run.stdout)?.[1];

  await start('handled', collector.url);
  const first = exceptions().find(({ item }) => item.traceId === traceId);
  assert.match(first?.item.body?.stringValue ?? '', /PaymentError: card declined/);
  const spans = collector.spans.filter(({ item }) => item.traceId === traceId);
  assert.deepEqual(
    spans.map(({ item }) => item.name),
    ['request'],
  );
  assert.ok(collector.metrics.some(({ item }) => item.name === 'app.orders'));
  assert.deepEqual(fs.readdirSync(folder), []);
});

test('as long as nobody takes it, it stays', async () => {
  await start('throw', NOBODY);
  const kept = fs.readFileSync(crashFile, 'utf8').split('\n').sort();
  await start('handled', NOBODY, { CONFIG: JSON.stringify({ crashFile, errors: { enabled: false } }) });
  const still = fs.readFileSync(crashFile, 'utf8').split('\n');
  for (const line of kept) assert.ok(still.includes(line));
  assert.deepEqual(fs.readdirSync(folder), ['last-words']);
});

test('what a collector refuses for good is not kept', async () => {
  collector.misbehave = (request, response) => {
    request.resume();
    response.writeHead(400).end();
    return true;
  };
  await start('throw', collector.url);
  collector.misbehave = undefined;
  assert.equal(fs.existsSync(crashFile), false);
});

test('process.exit() keeps the spans where the collector does not answer', async () => {
  const run = await start('exit', NOBODY);
  assert.equal(run.code, 9);
  const entries = fs.readFileSync(crashFile, 'utf8').split('\n').filter(Boolean);
  assert.deepEqual(entries.map((line) => JSON.parse(line).signal).sort(), ['metrics', 'traces']);
});

for (const crashFlushTimeoutMs of [0, 1]) {
  test(`what the sidecar cannot take within ${crashFlushTimeoutMs} ms, the process writes itself`, async () => {
    const CONFIG = JSON.stringify({ crashFile, crashFlushTimeoutMs });
    const plain = await start('throw', NOBODY, { PACKAGE_URL: 'none' });
    const run = await start('throw', NOBODY, { CONFIG });
    assert.deepEqual(comparable(run), comparable(plain));
    assert.equal(fs.statSync(crashFile).mode & 0o777, 0o600);
    const traceId = /trace (\w+)/.exec(run.stdout)?.[1];
    await start('handled', collector.url, { CONFIG: JSON.stringify({ crashFile }) });
    assert.ok(exceptions().some(({ item }) => item.traceId === traceId));
    const names = collector.spans.filter(({ item }) => item.traceId === traceId).map(({ item }) => item.name);
    assert.deepEqual([...new Set(names)], ['request']);
    assert.ok(collector.metrics.some(({ item }) => item.name === 'app.orders'));
  });
}

test('redact comes first', async () => {
  await start('throw', NOBODY, { REDACT: '1' });
  const entries = fs.readFileSync(crashFile, 'utf8').split('\n').filter(Boolean);
  const bytes = entries.map((line) => Buffer.from(JSON.parse(line).body, 'base64').toString('latin1')).join();
  assert.match(bytes, /withheld/);
  assert.doesNotMatch(bytes, /card declined/);
});

test('a file that cannot be used changes nothing', async () => {
  const plain = await start('throw', NOBODY, { PACKAGE_URL: 'none' });
  fs.mkdirSync(crashFile);
  assert.deepEqual(comparable(await start('throw', NOBODY)), comparable(plain));
  const nowhere = JSON.stringify({ crashFile: join(folder, 'no', 'such', 'folder') });
  assert.deepEqual(comparable(await start('throw', NOBODY, { CONFIG: nowhere })), comparable(plain));
});

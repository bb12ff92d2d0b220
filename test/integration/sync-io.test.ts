/** Synchronous calls on the loop: what is told of them, and that the functions are as they were. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { pbkdf2Sync } from 'node:crypto';
import fs, { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire, syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after, before } from 'node:test';
import { gzipSync } from 'node:zlib';
import { expectBlock } from '../../src/index.js';
import { sleep } from '../support/delays.js';
import { type LogKit, startLogKit } from '../support/log-kit.js';
import { startKit, type TraceKit } from '../support/trace-kit.js';

const SYNC_IO = 'async.sync_io';
/** A quick call is told of too: the machine may be slow, and what is told must not depend on it. */
const CONFIG = { syncIoMs: 0 };
const original = { readFileSync: fs.readFileSync, execFileSync, wait: Atomics.wait };

let kit: TraceKit;
let records: LogKit;
before(async () => {
  records = startLogKit();
  kit = startKit(CONFIG);
  await startupIsOver();
});
after(async () => {
  await kit.stop();
  await records.stop();
});

/** On Node 20 nothing tells that an ES module has been left, but that the loop sleeps. */
async function startupIsOver(): Promise<void> {
  const before = told();
  const deadline = Date.now() + 10_000;
  for (; told() === before; await sleep(5)) {
    assert.ok(Date.now() < deadline, 'still starting');
    fs.accessSync('/');
  }
}

const here = '/test/integration/sync-io.test.ts';
const callsFrom = (from: number) =>
  records
    .named(SYNC_IO)
    .slice(from)
    .map(({ attributes }) => String(attributes['async.sync_io.call']));
function told(): number {
  return records.named(SYNC_IO).length;
}

function waitFor(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

test('a call is told of with its line and its duration, in the trace and on the span that is active', async () => {
  const from = told();
  const { root } = await kit.trace(() => waitFor(40));
  const [record] = records.named(SYNC_IO).slice(from);
  assert.match(
    String(record?.body),
    /^Atomics\.wait held the event loop for \d+ ms; called in waitFor \(test\/integration/,
  );
  assert.ok(Number(record?.attributes['async.sync_io.duration']) >= 0.039);
  assert.ok(String(record?.attributes['code.file.path']).endsWith(here));
  assert.equal(record?.attributes['code.function.name'], 'waitFor');
  assert.match(String(record?.attributes['code.stacktrace']), /at waitFor \(.*\n.*at /);
  assert.doesNotMatch(String(record?.attributes['code.stacktrace']), /sync-call/);
  assert.equal(record?.spanContext?.traceId, root.spanContext().traceId);
  assert.equal(record?.spanContext?.spanId, root.spanContext().spanId);
  assert.deepEqual(
    root.events.map(({ name }) => name),
    [SYNC_IO],
  );
});

test('outside of traces it is a span of its own', () => {
  waitFor(1);
  assert.ok(kit.spans().some(({ name, parentSpanContext }) => name === SYNC_IO && !parentSpanContext));
});

test('every module is seen, by whatever import', () => {
  const from = told();
  const require = createRequire(import.meta.url);
  readFileSync('/dev/null');
  fs.existsSync('/');
  require('node:fs').statSync('/');
  fs.realpathSync.native('/');
  gzipSync('text');
  pbkdf2Sync('a', 'b', 1, 8, 'sha1');
  execFileSync(process.execPath, ['--version']);
  assert.deepEqual(callsFrom(from), [
    'fs.readFileSync',
    'fs.existsSync',
    'fs.statSync',
    'fs.realpathSync.native',
    'zlib.gzipSync',
    'crypto.pbkdf2Sync',
    'child_process.execFileSync',
  ]);
});

test('what a call calls itself is part of it; a failing one is told of too', () => {
  const from = told();
  fs.mkdirSync(tmpdir(), { recursive: true });
  assert.throws(() => fs.cpSync('/does/not/exist', '/does/not/exist/either'));
  assert.deepEqual(callsFrom(from), ['fs.mkdirSync', 'fs.cpSync']);
});

test('what Node reads for `require` and `import` is not told of', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sync-io-'));
  for (const [name, text] of [
    ['a.cjs', 'exports.b = require("./b.json")'],
    ['b.json', '{}'],
    ['c.mjs', ''],
  ] as const) {
    writeFileSync(join(folder, name), text);
  }
  const from = told();
  createRequire(import.meta.url)(join(folder, 'a.cjs'));
  await import(join(folder, 'c.mjs'));
  assert.deepEqual(callsFrom(from), []);
  rmSync(folder, { recursive: true });
});

test('announced work is told of nowhere', () => {
  const from = told();
  expectBlock(() => waitFor(2));
  assert.deepEqual(callsFrom(from), []);
});

test('the threshold can be moved while running', () => {
  const config = kit.instrumentation.getConfig();
  kit.instrumentation.setConfig({ ...config, syncIoMs: 60_000 });
  const from = told();
  readFileSync('/dev/null');
  assert.deepEqual(callsFrom(from), []);
  kit.instrumentation.setConfig({ ...config, syncIoMs: 0 });
  readFileSync('/dev/null');
  assert.deepEqual(callsFrom(from), ['fs.readFileSync']);
});

test('calls from one line are folded, and counted', () => {
  const from = told();
  for (let i = 0; i < 10; i++) fs.existsSync('/');
  assert.equal(callsFrom(from).length, 3);
});

test('a redacted record is in the trace as it left, or not at all', async () => {
  const config = kit.instrumentation.getConfig();
  kit.instrumentation.setConfig({ ...config, redact: () => null });
  const { root } = await kit.trace(() => waitFor(1));
  assert.deepEqual(root.events, []);
  kit.instrumentation.setConfig(config);
});

test('a mock over ours, put back after we have gone, does nothing and hides nothing', (t) => {
  const before = told();
  const mocked = t.mock.method(fs, 'readFileSync', () => 'mocked');
  assert.equal(fs.readFileSync('/dev/null'), 'mocked');
  kit.instrumentation.disable();
  assert.equal(fs.readFileSync('/dev/null'), 'mocked');
  mocked.mock.restore();
  assert.equal(fs.readFileSync('/dev/null').length, 0);
  assert.equal(told(), before);
  kit.instrumentation.enable();
});

test('after disabling everything is what it was, and after enabling it works again', async () => {
  kit.instrumentation.disable();
  assert.equal(fs.readFileSync, original.readFileSync);
  assert.equal(readFileSync, original.readFileSync);
  assert.equal(execFileSync, original.execFileSync);
  assert.equal(Atomics.wait, original.wait);
  kit.instrumentation.enable();
  await startupIsOver();
  assert.notEqual(fs.readFileSync, original.readFileSync);
  assert.equal(readFileSync, fs.readFileSync);
  const from = told();
  readFileSync('/dev/null');
  assert.deepEqual(callsFrom(from), ['fs.readFileSync']);
});

test('who patched after us stays, and goes on through ours', () => {
  const ours = fs.readFileSync;
  const theirs = Object.assign((...args: unknown[]) => Reflect.apply(ours, fs, args), { theirs: true });
  fs.readFileSync = theirs as unknown as typeof fs.readFileSync;
  syncBuiltinESMExports();
  kit.instrumentation.disable();
  assert.equal(fs.readFileSync, theirs);
  const before = told();
  assert.equal(readFileSync('/dev/null').length, 0);
  assert.equal(told(), before);
  fs.readFileSync = ours;
  kit.instrumentation.enable();
});

test('switched off by one option nothing is touched', () => {
  kit.instrumentation.setConfig({ ...kit.instrumentation.getConfig(), syncIo: { enabled: false } });
  assert.equal(fs.readFileSync, original.readFileSync);
  assert.equal(Atomics.wait, original.wait);
});

/** The flight recorder on request: a trace, and a file. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after, before } from 'node:test';
import { block as burn, sleep } from '../support/delays.js';
import { startKit, type TraceKit } from '../support/trace-kit.js';

let kit: TraceKit;
let folder: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'recording-'));
  kit = startKit({ debug: true });
});
after(async () => {
  await kit.stop();
  rmSync(folder, { recursive: true });
});

async function placeOrder(): Promise<void> {
  burn(5);
  await sleep(10);
  burn(5);
}

test('the last seconds are a trace of their own', async () => {
  await placeOrder();
  const traceId = kit.instrumentation.exportRecording();
  const spans = kit.spans().filter((span) => span.spanContext().traceId === traceId);
  const root = spans.find((span) => span.parentSpanContext === undefined);
  assert.equal(root?.name, 'async.recording');
  assert.equal(root?.attributes['async.recording.reason'], 'request');
  const order = spans.find((span) => span.name === 'placeOrder');
  assert.equal(order?.parentSpanContext?.spanId, root?.spanContext().spanId);
  assert.match(String(order?.attributes['code.file.path']), /flight-recorder\.test\.ts$/);
  const runs = spans.filter((span) => span.parentSpanContext?.spanId === order?.spanContext().spanId);
  assert.ok(runs.length >= 2 && runs.every(({ name }) => name === 'run'));
});

async function chargeCard(): Promise<void> {
  await sleep(1);
  throw new RangeError('card declined');
}

test('a rejection that is handled is told as one', async () => {
  await chargeCard().catch(() => {});
  const traceId = kit.instrumentation.exportRecording();
  const spans = kit.spans().filter((span) => span.spanContext().traceId === traceId);
  const charge = spans.find((span) => span.name === 'chargeCard');
  assert.equal(charge?.attributes['async.task.outcome'], 'rejected');
});

test('the recorder is in no trace of its own doing', async () => {
  const first = kit.instrumentation.exportRecording();
  const second = kit.instrumentation.exportRecording();
  const count = (traceId: string | undefined) =>
    kit.spans().filter((span) => span.spanContext().traceId === traceId).length;
  assert.ok(count(second) <= count(first) + 2);
});

test('the file is for its owner alone, replaces what was there, and follows no link', async () => {
  await placeOrder();
  const file = join(folder, 'recording.json');
  const elsewhere = join(folder, 'elsewhere');
  writeFileSync(elsewhere, 'precious', { mode: 0o644 });
  symlinkSync(elsewhere, file);
  assert.equal(kit.instrumentation.saveRecording(file), true);
  assert.equal(readFileSync(elsewhere, 'utf8'), 'precious');
  assert.equal(statSync(file).mode & 0o777, 0o600);
  const told = JSON.parse(readFileSync(file, 'utf8'));
  assert.equal(told.version, 1);
  assert.equal(told.pid, process.pid);
  const ofOrder = told.events.filter((event: { name: string }) => event.name === 'placeOrder');
  const what = ofOrder.map((event: { what: string }) => event.what);
  assert.ok(
    ['created', 'ran', 'ended'].every((one) => what.includes(one)),
    String(what),
  );
  assert.ok(ofOrder.every((event: { atMs: number }) => Math.abs(event.atMs - Date.now()) < 60_000));
});

test('what redact withholds is in no file', async () => {
  const config = kit.instrumentation.getConfig();
  kit.instrumentation.setConfig({
    ...config,
    redact: (record) => (record.body.startsWith('placeOrder') ? null : record),
  });
  await placeOrder();
  const file = join(folder, 'redacted.json');
  assert.equal(kit.instrumentation.saveRecording(file), true);
  const text = readFileSync(file, 'utf8');
  assert.ok(text.includes('withheld') && !text.includes('placeOrder'));
  kit.instrumentation.setConfig(config);
});

test('a file that cannot be written is the caller’s to know; nothing recorded is no file', () => {
  assert.throws(() => kit.instrumentation.saveRecording(join(folder, 'none', 'such')), /ENOENT/);
  kit.instrumentation.setDebug(false);
  const file = join(folder, 'nothing.json');
  assert.equal(kit.instrumentation.saveRecording(file), false);
  assert.throws(() => statSync(file));
  assert.equal(kit.instrumentation.exportRecording(), undefined);
  kit.instrumentation.setDebug(true);
});

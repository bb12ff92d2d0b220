/** What a crash and a blocked loop leave behind of the seconds before, in debug mode. */
import assert from 'node:assert/strict';
import test, { after, before, beforeEach } from 'node:test';
import { attributesOf, Collector } from '../support/collector.js';
import { packageUrl, runProgram } from '../support/program.js';

let collector: Collector;
before(async () => {
  collector = await Collector.start();
});
after(() => collector.stop());
beforeEach(() => {
  for (const list of [collector.logs, collector.spans, collector.metrics]) list.length = 0;
});

const environment = (more: Record<string, string> = {}) => ({
  OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
  OTEL_NODE_ASYNC_DEBUG: 'true',
  ...more,
});
const recording = () => {
  const spans = collector.spans.map(({ item }) => item);
  const root = spans.find(({ name }) => name === 'async.recording');
  return root && { root, all: spans.filter(({ traceId }) => traceId === root.traceId) };
};
const traceOf = (stdout: string) => /trace (\w+) (\w+)/.exec(stdout)?.slice(1, 3);

test('a crash: the timeline is in the trace of the error, with the task that failed', async () => {
  const { stdout } = await runProgram('sidecar/crasher.mjs', ['reject'], environment()).finished;
  const exception = collector.logs.find(({ item }) => item.eventName === 'exception');
  const found = recording();
  assert.ok(found, 'no recording arrived');
  assert.equal(attributesOf(found.root).get('async.recording.reason'), 'crash');
  assert.equal(found.root.traceId, exception?.item.traceId);
  assert.deepEqual(traceOf(stdout)?.[0], found.root.traceId);
  const failed = found.all.find(({ name, events }) => name === 'reject' && (events?.length ?? 0) > 0);
  assert.equal(attributesOf(failed?.events?.[0] ?? {}).get('exception.type'), 'PaymentError');
});

test('a blocked loop: the timeline arrives while it is blocked, with the run that blocks', async () => {
  const { child, run, finished } = runProgram('sidecar/blocker.mjs', ['forever'], environment());
  const found = await collector.until('the recording', recording, 30_000);
  assert.equal(child.exitCode, null, 'it is still blocked');
  assert.equal(attributesOf(found.root).get('async.recording.reason'), 'blocked_loop');
  assert.equal(traceOf(run.stdout)?.[0], found.root.traceId);
  const running = found.all.filter(({ name }) => name === 'running');
  const guilty = running.map((one) => found.all.find(({ spanId }) => spanId === one.parentSpanId)?.name);
  assert.ok(guilty.includes('guiltyHandler'), String(guilty));
  child.kill('SIGKILL');
  await finished;
});

test('with redact set nothing but ids and times leaves during a block', async () => {
  const redacting = new URL('../../../test/fixtures/sidecar/redacting.mjs', import.meta.url).href;
  const env = environment({ PACKAGE_URL: redacting, REAL_PACKAGE_URL: packageUrl });
  const { child, finished } = runProgram('sidecar/blocker.mjs', ['forever'], env);
  const found = await collector.until('the recording', recording, 30_000);
  const names = new Set(found.all.map(({ name }) => name));
  for (const name of names) assert.match(name ?? '', /^(async\.|withheld$|run$|running$)/);
  assert.ok(names.has('withheld'));
  child.kill('SIGKILL');
  await finished;
});

test('without debug mode there is none', async () => {
  const off = { ...environment(), OTEL_NODE_ASYNC_DEBUG: 'false' };
  await runProgram('sidecar/crasher.mjs', ['reject'], off).finished;
  assert.ok(collector.logs.some(({ item }) => item.eventName === 'exception'));
  assert.equal(recording(), undefined);
});

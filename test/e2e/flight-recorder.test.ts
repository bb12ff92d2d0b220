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
/** Each recording that arrived for that reason; on a busy machine there may be blocks that nobody asked for. */
function recordings(reason: string) {
  const spans = collector.spans.map(({ item }) => item);
  return spans
    .filter((span) => attributesOf(span).get('async.recording.reason') === reason)
    .map((root) => {
      const below = (id: string | undefined): typeof spans =>
        spans.filter((span) => span.parentSpanId === id).flatMap((span) => [span, ...below(span.spanId)]);
      return { root, all: below(root.spanId) };
    });
}
/** The tasks that were running. */
function running({ all }: ReturnType<typeof recordings>[number]): (string | undefined)[] {
  const runs = all.filter(({ name }) => name === 'running');
  return runs.map((one) => all.find(({ spanId }) => spanId === one.parentSpanId)?.name);
}
const traceOf = (stdout: string) => /trace (\w+) (\w+)/.exec(stdout)?.slice(1, 3);

test('a crash: the timeline is in the trace of the error, with the task that failed', async () => {
  const { stdout } = await runProgram('sidecar/crasher.mjs', ['reject'], environment()).finished;
  const exception = collector.logs.find(({ item }) => item.eventName === 'exception');
  const [found] = recordings('crash');
  assert.ok(found, 'no recording arrived');
  assert.equal(found.root.traceId, exception?.item.traceId);
  assert.deepEqual(traceOf(stdout)?.[0], found.root.traceId);
  const failed = found.all.find(({ name, events }) => name === 'reject' && (events?.length ?? 0) > 0);
  assert.equal(attributesOf(failed?.events?.[0] ?? {}).get('exception.type'), 'PaymentError');
});

test('a blocked loop: the timeline arrives while it is blocked, with the run that blocks', async (t) => {
  const { child, run } = runProgram('sidecar/blocker.mjs', ['forever'], environment());
  t.after(() => child.kill('SIGKILL'));
  const guilty = () => recordings('blocked_loop').find((one) => running(one).includes('guiltyHandler'));
  const found = await collector.until('the recording', guilty, 30_000);
  assert.equal(child.exitCode, null, 'it is still blocked');
  assert.equal(traceOf(run.stdout)?.[0], found.root.traceId);
});

test('with redact set nothing but ids and times leaves during a block', async (t) => {
  const redacting = new URL('../../../test/fixtures/sidecar/redacting.mjs', import.meta.url).href;
  const env = environment({ PACKAGE_URL: redacting, REAL_PACKAGE_URL: packageUrl });
  const { child } = runProgram('sidecar/blocker.mjs', ['forever'], env);
  t.after(() => child.kill('SIGKILL'));
  const withheld = () => recordings('blocked_loop').find((one) => running(one).includes('withheld'));
  const { all } = await collector.until('the recording', withheld, 30_000);
  for (const { name } of all) assert.match(name ?? '', /^(withheld|run|running)$/);
});

test('without debug mode there is none', async () => {
  const off = { ...environment(), OTEL_NODE_ASYNC_DEBUG: 'false' };
  await runProgram('sidecar/crasher.mjs', ['reject'], off).finished;
  assert.ok(collector.logs.some(({ item }) => item.eventName === 'exception'));
  assert.deepEqual([...recordings('crash'), ...recordings('blocked_loop')], []);
});

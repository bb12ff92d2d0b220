import assert from 'node:assert/strict';
import test, { after, before, beforeEach } from 'node:test';
import type { Value } from '../../src/otlp/values.js';
import { attributesOf, Collector } from '../support/collector.js';
import { type ProgramRun, packageUrl, runProgram } from '../support/program.js';

let collector: Collector;
before(async () => {
  collector = await Collector.start();
});
after(() => collector.stop());
beforeEach(() => {
  for (const list of [collector.logs, collector.spans, collector.metrics]) list.length = 0;
});

/** Long enough that a sidecar on a busy machine has its answers while it lasts. */
const BLOCK_MS = '1500';

function start(kind: string, env: Record<string, string> = {}) {
  return runProgram('sidecar/blocker.mjs', [kind, BLOCK_MS], {
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    DIAG: '1',
    ...env,
  });
}

interface Told {
  body: string;
  attributes: Map<string, Value>;
  traceId: string | undefined;
  atMs: number;
}

function told(phase: string): Told[] {
  return collector.logs
    .map(({ item, atMs }) => ({
      body: item.body?.stringValue ?? '',
      attributes: attributesOf(item),
      traceId: item.traceId || undefined,
      atMs,
    }))
    .filter(
      ({ attributes }) =>
        attributes.get('async.block.phase') === phase && !attributes.has('async.block.startup'),
    );
}

async function endOf(kind: string, env?: Record<string, string>): Promise<{ end: Told; run: ProgramRun }> {
  const run = await start(kind, env).finished;
  assert.equal(run.code, 0, run.stderr);
  const seconds = Number(/free (\d+)/.exec(run.stdout)?.[1]) / 1_000;
  // a busy machine makes blocks of its own, before and after
  const isIts = ({ attributes }: Told) => Number(attributes.get('async.block.duration')) > seconds / 2;
  const end = await collector.until(`the end of ${kind}`, () => told('ended').find(isIts));
  return { end, run };
}

const traceOf = (stdout: string) => /trace (\w+) (\w+)/.exec(stdout)?.slice(1, 3);

test('a blocked loop is told of while it is blocked, with the function, in the trace', async (t) => {
  const { child, run, finished } = start('forever');
  t.after(() => child.kill('SIGKILL'));
  // on a machine that gives it no processor, that is the first thing told
  const byItself = () =>
    told('ongoing').filter((one) => one.attributes.get('async.block.cause') === 'javascript');
  const first = await collector.until('the culprit', () => byItself()[0]);
  const second = await collector.until('an update', () => byItself()[1]);
  // a busy machine may have had blocks of its own before
  const id = first.attributes.get('async.block.id');
  const itsSpan = () => collector.spans.find(({ item }) => attributesOf(item).get('async.block.id') === id);
  const { item: span } = await collector.until('a span', itsSpan);
  const gauges = await collector.until('a rising gauge', () => {
    const values = collector.metrics
      .filter(({ item }) => item.name === 'async.event_loop.blocked.current')
      .map(({ item }) => item.gauge?.dataPoints?.[0]?.asDouble ?? 0);
    const its = values.slice(values.lastIndexOf(0) + 1);
    return its.length > 2 && its;
  });
  assert.equal(child.exitCode, null);
  child.kill('SIGTERM');
  const { signal } = await finished;
  assert.equal(signal, 'SIGTERM');

  const [traceId, spanId] = traceOf(run.stdout) ?? [];
  assert.equal(first.traceId, traceId);
  assert.match(first.body, /^The event loop has been blocked for .* s by forever \(.*blocker\.mjs:\d+\)\.$/);
  assert.equal(first.attributes.get('code.function.name'), 'forever');
  assert.equal(first.attributes.get('async.block.cause'), 'javascript');
  assert.match(String(first.attributes.get('code.stacktrace')), /guiltyHandler/);
  assert.equal(first.attributes.get('event.name'), 'async.event_loop.blocked');
  assert.equal(second.attributes.get('async.block.id'), id);
  assert.equal(span.parentSpanId, spanId);
  assert.equal(span.traceId, traceId);
  assert.deepEqual(
    gauges,
    [...gauges].sort((a, b) => a - b),
  );
  assert.match(String(collector.logs[0]?.resource.get('service.name')), /^unknown_service:/);
});

for (const [kind, culprit] of [
  ['spin', 'spinFor'],
  ['regex', 'regex'],
  ['recursion', 'fib'],
] as const) {
  test(`${kind} is named with its end and its total`, async () => {
    const { end, run } = await endOf(kind);
    assert.equal(end.attributes.get('code.function.name'), culprit, end.body);
    assert.equal(end.attributes.get('async.block.cause'), 'javascript');
    assert.equal(end.attributes.get('async.finding.certainty'), 'proven');
    const seconds = Number(end.attributes.get('async.block.duration'));
    const free = Number(/free (\d+)/.exec(run.stdout)?.[1]) / 1_000;
    assert.ok(Math.abs(seconds - free) < 0.15 + free / 10, `${seconds} s told, ${free} s taken`);
    assert.equal(run.stderr, '');
  });
}

for (const kind of ['json', 'clone', 'sort']) {
  test(`${kind}, which cannot be interrupted, never accuses what ran next`, async () => {
    const { end } = await endOf(kind);
    assert.equal(end.attributes.get('async.block.cause'), 'native', end.body);
    assert.equal(end.attributes.get('async.finding.certainty'), 'suspected');
    assert.doesNotMatch(end.body, /innocentBystander/);
    assert.doesNotMatch(String(end.attributes.get('code.stacktrace')), /innocentBystander/);
    assert.equal(end.attributes.get('code.function.name'), kind, end.body);
    assert.match(end.body, /a native call inside/);
  });
}

test('many short runs are told as such, with shares', async () => {
  const { end } = await endOf('runs');
  assert.equal(end.attributes.get('async.block.cause'), 'many_short_runs', end.body);
  assert.equal(end.attributes.get('code.function.name'), undefined);
  const sites = end.attributes.get('async.block.sites') as string[];
  assert.match(sites.join('\n'), /(shortRun|runs) \(.*blocker\.mjs:\d+:\d+\): \d+ %/);
});

test('of several runs in a block, the longest is named, and not the one that was seen first', async () => {
  const { end } = await endOf('parts');
  assert.equal(end.attributes.get('async.block.cause'), 'javascript', end.body);
  assert.equal(end.attributes.get('code.function.name'), 'mainPart', end.body);
  assert.doesNotMatch(String(end.attributes.get('code.stacktrace')), /prologue/);
});

test('Atomics.wait is a synchronous wait', async () => {
  const { end } = await endOf('atomics');
  assert.equal(end.attributes.get('async.block.cause'), 'sync_io', end.body);
  assert.equal(end.attributes.get('code.function.name'), 'atomics');
});

for (const [kind, call] of [
  ['exec', 'child_process.execSync'],
  ['pbkdf2', 'crypto.pbkdf2Sync'],
] as const) {
  test(`${call}, which cannot be interrupted, is named while it blocks`, async () => {
    const { end } = await endOf(kind);
    const [first] = told('ongoing').filter(({ attributes }) => attributes.get('async.sync_io.call') === call);
    assert.match(String(first?.body), new RegExp(`^The event loop has been blocked for .* s by ${call}`));
    assert.equal(end.attributes.get('async.block.cause'), 'sync_io', end.body);
    assert.equal(end.attributes.get('async.finding.certainty'), 'proven');
    assert.equal(end.attributes.get('code.function.name'), kind, end.body);
    assert.match(end.body, new RegExp(` s by ${call} in ${kind} \\(.*blocker\\.mjs:\\d+\\)\\.$`));
  });
}

/** What a busy machine does to a loop is no block then, and what the program does is. */
const LONG = { CONFIG: '{"blockedLoopMs":1000}' };

test('known work is exempt', async () => {
  const run = await start('expected', LONG).finished;
  assert.equal(run.code, 0);
  assert.deepEqual(told('ongoing').concat(told('ended')), []);
  assert.deepEqual(collector.metrics, []);
});

test('a block while the entry module loads is startup and alarms nobody', async () => {
  const run = await start('startup', LONG).finished;
  assert.equal(run.code, 0);
  assert.deepEqual(told('ended'), []);
  const bodies = collector.logs.map(({ item }) => [item.severityText, item.body?.stringValue]);
  assert.match(String(bodies), /INFO,The event loop was blocked for .*while it was starting\./);
  assert.deepEqual(collector.spans, []);
  assert.deepEqual(collector.metrics, []);
});

test('a healthy loop is not told of, and nothing is sent', async () => {
  const run = await start('none', { CONFIG: '{"blockedLoopMs":5000}' }).finished;
  assert.equal(run.code, 0);
  assert.equal(run.stderr, '');
  assert.deepEqual(collector.logs, []);
  assert.deepEqual(collector.metrics, []);
});

test('with redact set, the place is told only after redact has seen it', async () => {
  const redacting = new URL('../../../test/fixtures/sidecar/redacting.mjs', import.meta.url).href;
  const run = await start('spin', { PACKAGE_URL: redacting, REAL_PACKAGE_URL: packageUrl }).finished;
  assert.equal(run.code, 0, run.stderr);
  const first = await collector.until('the alarm', () => told('ongoing')[0]);
  assert.doesNotMatch(JSON.stringify([...first.attributes]) + first.body, /spinFor|blocker/);
  assert.deepEqual(told('ended'), []);
  assert.match(run.stdout, /redacted The event loop was blocked for .* by spinFor/);
});

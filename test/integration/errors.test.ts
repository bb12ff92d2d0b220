import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const PROGRAM = fileURLToPath(new URL('../../../test/fixtures/errors/scenarios.mjs', import.meta.url));
const REJECTION = 'unhandled_rejection';

interface Log {
  eventName: string;
  severity: string;
  body: string;
  attributes: Record<string, unknown>;
  traceId?: string;
  spanId?: string;
}
interface Span {
  name: string;
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  status: { code: number; message?: string };
  attributes: Record<string, unknown>;
  events: { name: string; attributes: Record<string, unknown> }[];
}
interface Point {
  value: number;
  attributes: Record<string, unknown>;
}
interface Report {
  logs: Log[];
  spans: Span[];
  said: string[];
  [more: string]: unknown;
}

function run(...args: string[]): Promise<Report> {
  return runWith([], ...args);
}

async function runWith(flags: string[], ...args: string[]): Promise<Report> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--no-warnings', ...flags, PROGRAM, ...args],
    {
      timeout: 60_000,
      maxBuffer: 1 << 28,
    },
  );
  return JSON.parse(stdout);
}

function spanNamed(report: Report, name: string): Span {
  const found = report.spans.filter((span) => span.name === name);
  assert.equal(found.length, 1, `one span ${name}`);
  return found[0] as Span;
}

test('errors stand in the trace of the request that failed, with the line that threw', async () => {
  const report = await run('trace');
  const request = spanNamed(report, 'request');
  assert.equal(report.logs.length, 2);
  const [rejection, exception] = report.logs as [Log, Log];

  assert.equal(rejection.eventName, 'exception');
  assert.equal(rejection.severity, 'ERROR');
  assert.match(
    rejection.body,
    /^Unhandled rejection: TypeError: Cannot read .*; thrown in checkout \(.*scenarios\.mjs:\d+:\d+\)\.$/,
  );
  const { attributes } = rejection;
  assert.equal(attributes['event.name'], 'exception');
  assert.equal(attributes['exception.type'], 'TypeError');
  assert.match(String(attributes['exception.stacktrace']), /^TypeError: Cannot read .*\n {4}at checkout /);
  assert.equal(attributes['error.type'], 'TypeError');
  assert.equal(attributes['async.error.origin'], REJECTION);
  assert.equal(attributes['code.function.name'], 'checkout');
  assert.equal(attributes['code.file.path'], PROGRAM);

  assert.match(exception.body, /^Uncaught exception: RangeError: out of range; thrown in .*later/);
  for (const log of [rejection, exception]) {
    assert.equal(log.traceId, request.traceId);
    assert.equal(log.spanId, request.spanId);
  }
  assert.equal(request.status.code, 2);
  assert.deepEqual(
    request.events.map(({ name, attributes: a }) => [name, a['exception.type']]),
    [
      ['exception', 'TypeError'],
      ['exception', 'RangeError'],
    ],
  );
  assert.deepEqual(
    (report.points as Point[]).map(({ value, attributes: a }) => [
      value,
      a['error.type'],
      a['async.error.origin'],
    ]),
    [
      [1, 'TypeError', REJECTION],
      [1, 'RangeError', 'uncaught_exception'],
    ],
  );
});

test('where the span has ended, the error is a span of its own in the same trace', async () => {
  const report = await run('ended span');
  const request = spanNamed(report, 'request');
  const own = spanNamed(report, 'unhandled rejection');
  assert.equal(own.traceId, request.traceId);
  assert.equal(own.parentSpanId, request.spanId);
  assert.equal(own.status.code, 2);
  assert.equal(own.events[0]?.name, 'exception');
  assert.match(String(own.attributes['code.function.name']), /checkout$/);
  assert.equal(report.logs[0]?.spanId, request.spanId);
});

test('inside a recorded trace: the task of the promise, where it was created, and its chain', async () => {
  const report = await run('chain');
  const [log] = report.logs as [Log];
  assert.equal(log.attributes['code.function.name'], 'inner');
  assert.match(String(log.attributes['async.task.site']), /scenarios\.mjs:\d+:\d+$/);
  assert.ok(Array.isArray(log.attributes['async.task.chain']));
  assert.match(log.body, /; thrown in inner \(.*\); in outer, created at .*scenarios\.mjs:\d+:\d+\.$/);
  const outer = spanNamed(report, 'outer');
  assert.equal(outer.attributes['async.task.id'], log.attributes['async.task.id']);
  assert.equal(outer.attributes['async.task.outcome'], 'rejected');
  assert.equal(outer.attributes['error.type'], 'TypeError');
  assert.equal(outer.status.code, 2);
});

for (const [as, logs, spans] of [
  ['log', 1, 0],
  ['span', 0, 1],
  ['both', 1, 1],
] as const) {
  test(`errors.as = ${as}`, async () => {
    const report = await run('no trace', as);
    assert.equal(report.logs.length, logs);
    assert.equal(report.spans.length, spans);
  });
}

test('providers that come late, and again, miss nothing', async () => {
  const report = await run('providers late');
  assert.equal(report.logs.length, 2);
  const values = (key: string) => (report[key] as Point[]).map(({ value }) => value);
  assert.deepEqual(values('early'), [1]);
  assert.deepEqual(values('late'), [1]);
  assert.deepEqual(values('old'), [1]);
  assert.deepEqual(report.said, []);
});

test('a flood makes three records and is counted in full', async () => {
  const report = await run('flood');
  assert.equal(report.logs.length, 3);
  assert.deepEqual(
    (report.points as Point[]).map(({ value }) => value),
    [10_000],
  );
});

test('expected errors are reported nowhere', async () => {
  const report = await run('ignored');
  assert.deepEqual(
    report.logs.map(({ attributes }) => attributes['exception.message']),
    ['unexpected'],
  );
  assert.deepEqual(
    (report.points as Point[]).map(({ value }) => value),
    [1],
  );
  assert.equal(report.said.filter((text) => /predicate/.test(text)).length, 1);
});

for (const [mode, listeners] of [
  ['throw', 'listeners'],
  ['strict', 'listeners'],
  ['warn', ''],
  ['warn', 'listeners'],
  ['none', ''],
] as const) {
  test(`a rejection that gets its handler late is told apart: ${mode} ${listeners}`, async () => {
    const report = await runWith([`--unhandled-rejections=${mode}`], 'handled late', listeners);
    const told = report.logs.map(({ eventName, severity }) => `${eventName} ${severity}`);
    assert.deepEqual(told, ['exception ERROR', 'async.rejection.handled_late INFO', 'exception ERROR']);
    const [first, late] = report.logs as [Log, Log];
    assert.equal(first.attributes['async.error.origin'], REJECTION);
    assert.match(late.body, /^Handled after \d+ ms: the rejection reported as "Unhandled rejection: Type/);
    assert.equal(typeof late.attributes['async.rejection.handled_after'], 'number');
  });
}

test('whatever is thrown is recorded, and hurts nobody', async () => {
  const report = await run('hostile');
  assert.deepEqual(report.said, []);
  for (const { attributes, body } of report.logs) {
    assert.ok(body.length < 1_000, body.slice(0, 100));
    assert.ok(JSON.stringify(attributes).length < 60_000);
  }
  for (const origin of [REJECTION, 'uncaught_exception']) {
    const points = (report.points as Point[]).filter((p) => p.attributes['async.error.origin'] === origin);
    const total = points.reduce((sum, { value }) => sum + value, 0);
    assert.equal(total, report.thrown, origin);
  }
  // of one type at one place no more than three leave
  assert.ok(report.logs.length > 25, `${report.logs.length} records`);
});

for (const how of ['type', 'redact']) {
  test(`a secret is found nowhere: ${how}`, async () => {
    const report = await run('secret', how);
    assert.ok(report.logs.length > 15 && spanNamed(report, 'request').events.length > 10);
    assert.ok((report.points as Point[]).length > 3);
    const text = JSON.stringify(report);
    const at = text.indexOf('hunter2');
    assert.equal(at, -1, text.slice(Math.max(0, at - 300), at + 100));
  });
}

test('process.emit replaced before us is called through and put back', async () => {
  const report = await run('emit before');
  assert.equal(report.logs.length, 1);
  assert.equal(report.restored, true);
});

test('process.emit replaced after us without calling us is found', async () => {
  const report = await run('emit after');
  assert.equal(report.logs.length, 1);
  assert.equal(report.restored, true);
});

test('process.emit wrapped after us: one record for one error, none while off', async () => {
  const report = await run('emit wrapped after');
  assert.equal(report.logs.length, 2);
});

test('process.emit frozen: uncaught errors are still seen, and it is said', async () => {
  const report = await run('emit frozen');
  assert.equal(report.logs.length, 1);
  assert.equal(report.said.filter((text) => /cannot be wrapped/.test(text)).length, 1);
});

test('no listener while on; nothing left when off', async () => {
  const report = await run('restored');
  assert.equal(report.listenersWhile, '0,0,0,0');
  assert.deepEqual(report.after, ['0,0,0,0', true]);
  assert.deepEqual(report.logs, []);
});

test('a collector that refuses, does not resolve or answers 500 makes no record', async () => {
  const report = await run('exporters', '5');
  assert.deepEqual(report.logs, []);
  assert.deepEqual(report.spans, []);
  const own = report.said.filter((text) => /OpenTelemetry's own/.test(text));
  // of traces, metrics and logs, again and again; said once
  assert.equal(new Set(own).size, own.length, JSON.stringify(own));
  for (const cause of ['ECONNREFUSED', 'ENOTFOUND', 'Internal Server Error']) {
    assert.ok(
      own.some((text) => text.includes(cause)),
      `${cause} in ${own}`,
    );
  }
});

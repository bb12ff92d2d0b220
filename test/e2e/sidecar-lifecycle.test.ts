import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after, before, beforeEach } from 'node:test';
import { pathToFileURL } from 'node:url';
import { attributesOf, Collector } from '../support/collector.js';
import { packageCopy } from '../support/package-copy.js';
import { fixturePath, runProgram } from '../support/program.js';

let collector: Collector;
before(async () => {
  collector = await Collector.start();
});
after(() => collector.stop());
beforeEach(() => {
  collector.logs.length = 0;
});

const start = (kind: string, env: NodeJS.ProcessEnv = {}, options: readonly string[] = []) =>
  runProgram(
    'sidecar/lifecycle.mjs',
    [kind],
    { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, DIAG: '1', ...env },
    options,
  );
const bodies = () => collector.logs.map(({ item }) => item.body?.stringValue ?? '').join('\n');

const packageWithWorker = (source: string | undefined) => packageCopy({ 'sidecar/worker.js': source });

test('it holds no process, and says nothing', async () => {
  const run = await start('none').finished;
  assert.deepEqual(run, { stdout: '', stderr: '', code: 0, signal: null });
});

test('a process has one sidecar, its threads have none, whatever is preloaded', async () => {
  const preload = pathToFileURL(fixturePath('sidecar/preload.mjs')).href;
  const run = await start('threads', { NODE_OPTIONS: `--import ${preload}` }).finished;
  assert.equal(run.code, 0, run.stderr);
  assert.equal(run.stdout, `${'thread started 0\n'.repeat(8)}`);
  assert.equal(run.stderr, 'sidecars 1\n');
});

test("a sibling thread's block is told with its id and the function", async () => {
  const run = await start('blocked-thread').finished;
  assert.equal(run.code, 0, run.stderr);
  const thread = Number(/thread (\d+)/.exec(run.stdout)?.[1]);
  const told = () =>
    collector.logs
      .map(({ item }) => attributesOf(item))
      .filter((attributes) => attributes.get('async.thread.id') === thread);
  // on a busy machine the first word goes out before the thread has answered
  const named = await collector.until('the function', () =>
    told().find((attributes) => attributes.get('code.function.name') === 'spinFor'),
  );
  assert.match(String(named.get('code.stacktrace')), /block-thread/);
  // a busy machine may have blocked it before
  const first = told().find((attributes) => attributes.get('async.block.id') === named.get('async.block.id'));
  assert.equal(first?.get('async.block.phase'), 'ongoing');
  assert.equal(run.stderr, '');
});

test('threads that end, and a process that ends, in the midst of questions to a thread', async () => {
  const thread = await start('exiting-thread').finished;
  assert.deepEqual(thread, { stdout: 'thread ended with 7\n', stderr: '', code: 0, signal: null });
  const run = await start('exit-while-thread-blocks').finished;
  assert.match(run.stdout, /^thread \d+\n$/);
  assert.deepEqual({ ...run, stdout: '' }, { stdout: '', stderr: '', code: 7, signal: null });
});

test('a thread that was terminated is not blocked', async () => {
  const run = await start('terminated-thread').finished;
  assert.equal(run.code, 0, run.stderr);
  const other = collector.logs.filter(({ item }) => attributesOf(item).get('async.thread.id') !== 0);
  assert.deepEqual(other, []);
});

test('a block ends with the thread that is terminated for it', async () => {
  const run = await start('terminated-in-block').finished;
  assert.equal(run.code, 0, run.stderr);
  const thread = Number(/thread (\d+)/.exec(run.stdout)?.[1]);
  const end = await collector.until('the end', () =>
    collector.logs
      .map(({ item }) => attributesOf(item))
      .find((one) => one.get('async.thread.id') === thread && one.get('async.block.phase') === 'ended'),
  );
  assert.equal(end.get('code.function.name'), 'spinFor');
  const gauges = collector.metrics
    .filter(({ item }) => item.name === 'async.event_loop.blocked.current')
    .flatMap(({ item }) => item.gauge?.dataPoints ?? [])
    .filter((point) => point.attributes?.some(({ value }) => Number(value?.intValue) === thread));
  assert.ok(gauges.length >= 2);
  assert.equal(gauges.at(-1)?.asDouble, 0, 'no alarm goes on');
});

test('an exit in the midst of the questions prints nothing of a debugger', async () => {
  for (let i = 0; i < 5; i++) {
    const run = await start('exit-in-block').finished;
    assert.deepEqual(run, { stdout: '', stderr: '', code: 7, signal: null });
  }
});

test('switched off in the midst of the questions it lets go, and says what it knew', async () => {
  const run = await start('disabled-in-block').finished;
  assert.deepEqual(run, { stdout: '', stderr: '', code: 0, signal: null });
  await collector.until('a block that was cut short', () => /was blocked for/.test(bodies()));
});

test('a `debugger` statement stops nobody', async () => {
  const run = await start('debugger').finished;
  assert.equal(run.code, 0);
  assert.equal(run.stderr, '');
  assert.match(bodies(), /blocked for/);
});

for (const kind of ['console', 'console-in-block', 'console-while-thread-blocks']) {
  test(`arguments of console are not kept (${kind})`, async () => {
    const run = await start(kind, {}, ['--expose-gc']).finished;
    assert.equal(run.code, 0);
    // the last one may still be in a register
    assert.match(run.stderr, /^alive [01]\n$/);
    if (kind !== 'console')
      await collector.until('that it was asked', () => /blocked for .*lifecycle/s.test(bodies()));
  });
}

test('under the permission model it asks first', async () => {
  const flag = process.allowedNodeEnvironmentFlags.has('--permission')
    ? '--permission'
    : '--experimental-permission';
  const run = await start('block', {}, [flag, '--allow-fs-read=*', '--allow-worker', '--no-warnings'])
    .finished;
  assert.equal(run.code, 0, run.stderr);
  assert.match(run.stderr, /without a stack: the permission model forbids it/);
  const none = await start('block', {}, [flag, '--allow-fs-read=*', '--no-warnings']).finished;
  assert.equal(none.code, 0, none.stderr);
  assert.match(none.stderr, /no sidecar, .* add --allow-worker/);
});

test('an inspector port makes it step aside', async () => {
  const run = await start('block', {}, ['--inspect=0']).finished;
  assert.equal(run.code, 0);
  assert.equal(bodies(), '');
});

test('--cpu-prof and coverage are as without it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sidecar-prof-'));
  try {
    const env = { NODE_V8_COVERAGE: folder };
    const run = await start('block', env, ['--cpu-prof', `--cpu-prof-dir=${folder}`]).finished;
    assert.equal(run.code, 0);
    assert.equal(run.stderr, '');
    assert.match(bodies(), /spinFor/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('nothing global is left behind', async () => {
  const run = await start('globals').finished;
  assert.equal(run.stdout, 'same\n', run.stderr);
});

test('without its file, as in a bundle, one line says what is off', async () => {
  const broken = packageWithWorker(undefined);
  try {
    const run = await start('block', { PACKAGE_URL: broken.url }).finished;
    assert.equal(run.code, 0);
    assert.equal(run.stderr.match(/no sidecar, so blocked loops and crashes are not reported/g)?.length, 1);
  } finally {
    broken.remove();
  }
});

test('a worker that dies is started again, a bounded number of times', async () => {
  const dying = packageWithWorker(`
    import { parentPort } from 'node:worker_threads';
    import { writeSync } from 'node:fs';
    parentPort.postMessage({ type: 'ready' });
    setTimeout(() => { writeSync(1, 'dies\\n'); process.exit(3); }, 50);`);
  try {
    const run = await start('linger', { PACKAGE_URL: dying.url }).finished;
    assert.equal(run.code, 0);
    assert.equal(run.stdout, 'dies\ndies\n');
    assert.equal(run.stderr, '');
  } finally {
    dying.remove();
  }
});

test('one that dies each time is given up, once, with what it died of', async () => {
  const dying = packageWithWorker(`
    import { parentPort } from 'node:worker_threads';
    parentPort.postMessage({ type: 'ready' });
    setTimeout(() => { throw new Error('died again'); }, 20);`);
  try {
    const run = await runProgram('sidecar/dying-sidecar.mjs', [], { PACKAGE_URL: dying.url }).finished;
    assert.equal(run.stderr, '');
    assert.deepEqual(JSON.parse(run.stdout), { started: 4, said: ['died again'], alive: false });
  } finally {
    dying.remove();
  }
});

test('an inspector that SIGUSR1 opens while the program runs makes it step aside', async () => {
  const run = await start('block-after-usr1', {}, ['--inspect-port=0']).finished;
  assert.equal(run.code, 0, run.stderr);
  assert.match(run.stderr, /Debugger listening/);
  assert.equal(run.stdout, 'blocked\n');
  assert.equal(bodies(), '');
});

test('a program that waits for a debugger (--inspect-brk) is not blocked, and goes on when it is let go', async () => {
  const program = start('block', {}, ['--inspect-brk=0']);
  await new Promise<void>((resolve) => {
    program.child.stderr?.on('data', () => /ws:\S+/.test(program.run.stderr) && resolve());
  });
  const address = /ws:\S+/.exec(program.run.stderr)?.[0] as string;
  const websocket = process.version.startsWith('v20.') ? ['--experimental-websocket', '--no-warnings'] : [];
  const debuggers = await runProgram('sidecar/release.mjs', [address], {}, websocket).finished;
  assert.deepEqual(debuggers, { stdout: '', stderr: '', code: 0, signal: null });
  const run = await program.finished;
  assert.equal(run.code, 0, run.stderr);
  assert.doesNotMatch(run.stderr, /async/);
  assert.equal(bodies(), '');
});

test('a flood of short runs in a thread is told as such, with its id', async () => {
  const run = await start('flooded-thread').finished;
  assert.equal(run.code, 0, run.stderr);
  const thread = Number(/thread (\d+)/.exec(run.stdout)?.[1]);
  const end = await collector.until('the end', () =>
    collector.logs
      .map(({ item }) => attributesOf(item))
      .find((one) => one.get('async.thread.id') === thread && one.get('async.block.phase') === 'ended'),
  );
  assert.equal(end.get('async.block.cause'), 'many_short_runs');
  assert.match(String(end.get('async.block.sites')), /shortRun/);
});

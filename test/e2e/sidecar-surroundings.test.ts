import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after, before, beforeEach } from 'node:test';
import { fileURLToPath } from 'node:url';
import { build, type Format } from 'esbuild';
import { Application, REGISTER } from '../support/application.js';
import { attributesOf, Collector } from '../support/collector.js';
import { fixturePath, packageUrl, runProgram } from '../support/program.js';

let collector: Collector;
before(async () => {
  collector = await Collector.start();
});
after(() => collector.stop());
beforeEach(() => {
  collector.logs.length = 0;
});

const start = (name: string, kind: string, env: NodeJS.ProcessEnv = {}, options: readonly string[] = []) =>
  runProgram(
    `sidecar/${name}.mjs`,
    [kind],
    { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, DIAG: '1', ...env },
    ['--no-warnings', ...options],
  );
const bodies = () => collector.logs.map(({ item }) => item.body?.stringValue ?? '').join('\n');

/** ESM bundles of CommonJS packages need a `require`, as esbuild's documentation tells. */
const REQUIRE = `import { createRequire as toRequire } from 'node:module'; const require = toRequire(import.meta.url);`;

for (const format of ['esm', 'cjs'] satisfies Format[]) {
  test(`in a bundle of one file (${format}) one line says what is off, and no file of the application's is started`, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sidecar-bundle-'));
    try {
      const outfile = join(folder, format === 'esm' ? 'app.mjs' : 'app.cjs');
      await build({
        entryPoints: [fixturePath('sidecar/bundled.mjs')],
        alias: { 'opentelemetry-instrumentation-async': fileURLToPath(packageUrl) },
        bundle: true,
        platform: 'node',
        format,
        outfile,
        banner: format === 'esm' ? { js: REQUIRE } : {},
        logLevel: 'error',
      });
      // where the package's own would be, if it looked beside the bundle
      writeFileSync(join(folder, 'worker.js'), `process.stdout.write('started by mistake\\n')`);
      const run = spawnSync(process.execPath, [outfile], {
        encoding: 'utf8',
        env: { PATH: process.env.PATH },
      });
      assert.equal(run.status, 0, run.stderr);
      assert.equal(run.stdout, 'the application ran\n');
      assert.match(
        run.stderr,
        /^\S+ no sidecar, so .* cannot be started from a bundle: .* external package\n$/,
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
}

/** What the program says of itself, and for how long its loop was blocked at most, in seconds. */
async function underFakedClock(kind: string): Promise<number> {
  const run = await start('faked-clock', kind).finished;
  const [stdout, longest] = run.stdout.split('blocked for at most ');
  assert.deepEqual({ ...run, stdout }, { stdout: 'calls 1\n', stderr: '', code: 0, signal: null });
  return Number(longest);
}

test("a clock of the application's tests neither raises an alarm nor sees us", async () => {
  const longest = await underFakedClock('quiet');
  // the machine may have been busy, and then it is told rightly
  for (const attributes of told()) {
    const seconds = Number(attributes.get('async.block.duration'));
    assert.ok(seconds < longest + 0.05, `blocked for ${longest} s at most: ${bodies()}`);
  }
});

test('under such a clock a block is told of all the same', async () => {
  await underFakedClock('block');
  await collector.until('the culprit', () => /guilty/.test(bodies()));
});

const told = () => collector.logs.map(({ item }) => attributesOf(item));
const stacks = () => told().map((attributes) => String(attributes.get('code.stacktrace') ?? ''));

test('as another user, in another folder, it goes on', { skip: process.getuid?.() !== 0 }, async () => {
  const run = await start('surroundings', 'nobody').finished;
  assert.deepEqual(run, { stdout: '', stderr: '', code: 0, signal: null });
  await collector.until('the block', () => /blocked for/.test(bodies()));
});

test('where shared memory is refused, or no file can be opened, one line says what is off', async () => {
  const refused = await start('surroundings', 'no-shared-memory').finished;
  assert.equal(refused.code, 0, refused.stderr);
  assert.match(refused.stderr, /^\S+ no sidecar, so .*SharedArrayBuffer.*\n$/);
  const run = startLimited('-n 400', 'no-files');
  assert.equal(run.status, 0, run.stderr);
  assert.match(run.stderr, /^\S+ no sidecar, so .*EMFILE.*\n$/);
});

test('whoever reads its output may go away: the program goes on', async () => {
  const program = start('surroundings', 'no-reader');
  program.child.stdout?.destroy();
  const { code, stderr } = await program.finished;
  assert.deepEqual([code, stderr], [0, '']);
});

test('the standard streams of a program that does not use them are not opened', async () => {
  const source = `
    import { writeSync } from 'node:fs';
    setTimeout(() => writeSync(1, process.getActiveResourcesInfo().join()), 800);
  `;
  const application = new Application({ 'silent.mjs': source });
  const { stdout } = await application.run('silent.mjs', {
    flags: ['--import', REGISTER],
    env: { OTEL_NODE_ASYNC_START_SDK: 'false' },
  });
  application.remove();
  assert.doesNotMatch(stdout, /Pipe|TTY/);
});

test('what the SDK finds out about its resource later is in what the sidecar sends from then on', async () => {
  const run = await start('surroundings', 'late-resource').finished;
  assert.deepEqual(run, { stdout: '', stderr: '', code: 0, signal: null });
  await collector.until('the host', () =>
    collector.logs.some(({ resource }) => resource.get('host.id') === 'found late'),
  );
  assert.equal(collector.logs[0]?.resource.has('host.id'), false);
});

const onLinux = process.platform === 'linux';
test('a limit that a worker would end the process by is seen before', { skip: !onLinux }, () => {
  const run = startLimited('-v 2000000', 'block');
  assert.equal(run.status, 0, `${run.signal} ${run.stderr}`);
  assert.match(run.stderr, /^\S+ no sidecar, so .*\(ulimit -v\) leaves \d+ MiB.*\n$/);
});

/** `surroundings.mjs` below a limit of the shell's. */
function startLimited(limit: string, kind: string) {
  const shell = ['-c', `ulimit ${limit}; exec "$0" "$@"`, process.execPath, '--no-warnings'];
  return spawnSync('sh', [...shell, fixturePath('sidecar/surroundings.mjs'), kind], {
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: '', PACKAGE_URL: packageUrl, DIAG: '1' },
  });
}

test('a process that runs out of memory ends as it would without', async () => {
  const limit = ['--max-old-space-size=60'];
  const bare = await start('surroundings', 'memory', { OTEL_NODE_ASYNC_ENABLED: 'false' }, limit).finished;
  const run = await start('surroundings', 'memory', {}, limit).finished;
  const shape = ({ stderr }: { stderr: string }) => /^FATAL ERROR: .*$/m.exec(stderr)?.[0];
  assert.deepEqual([run.code, run.signal, run.stdout], [bare.code, bare.signal, bare.stdout]);
  assert.match(shape(bare) ?? '', /heap out of memory/);
  assert.match(shape(run) ?? '', /heap out of memory/);
});

test('each process of a cluster has its own', async () => {
  const run = await start('surroundings', 'cluster').finished;
  assert.deepEqual(run, { stdout: '', stderr: '', code: 0, signal: null });
  await collector.until('both blocks', () =>
    ['inChild', 'inPrimary'].every((name) => stacks().join().includes(name)),
  );
});

test('the threshold is adjusted while running', async () => {
  const run = await start('surroundings', 'adjusted').finished;
  assert.deepEqual(run, { stdout: '', stderr: '', code: 0, signal: null });
  await collector.until('the second block', () => stacks().join().includes('longEnough'));
  assert.doesNotMatch(stacks().join(), /tooShort/);
});

test('expected work is exempt, whatever becomes of it, but for what it awaits', async () => {
  const run = await start('surroundings', 'expected').finished;
  assert.deepEqual(run, { stdout: '7,8,TypeError\n', stderr: '', code: 0, signal: null });
  await collector.until('what was not expected', () =>
    stacks().some((stack) => stack.includes('afterItsAwait')),
  );
  assert.deepEqual(
    stacks().filter((stack) => stack !== '' && !stack.includes('afterItsAwait')),
    [],
  );
});

for (const env of [{}, { OTEL_NODE_ASYNC_DEBUG: '1' }]) {
  test(`the task that was running, its creation site and its trace (${JSON.stringify(env)})`, async () => {
    const run = await start('surroundings', 'task', env).finished;
    assert.equal(run.code, 0, run.stderr);
    const record = await collector.until('the block', () =>
      collector.logs.find(({ item }) => attributesOf(item).has('async.task.site')),
    );
    const attributes = attributesOf(record.item);
    assert.equal(record.item.traceId, run.stdout);
    assert.equal(attributes.get('async.task.kind'), 'async_function');
    assert.match(String(attributes.get('async.task.site')), /surroundings\.mjs:\d+:\d+$/);
    assert.match(String(attributes.get('async.task.chain')), /handler/);
  });
}

test('a process that was stopped is not blocked by itself', async () => {
  const { child, finished } = start('surroundings', 'busy');
  // a sidecar that has told of a block is up
  await collector.until('the first block', () =>
    told().some((attributes) => attributes.get('async.block.phase') === 'ended'),
  );
  const before = new Set(told().map((attributes) => attributes.get('async.block.id')));
  child.kill('SIGSTOP');
  await new Promise((resolve) => setTimeout(resolve, 2_500));
  child.kill('SIGCONT');
  const run = await finished;
  assert.equal(run.code, 0, run.stderr);
  const blamed = told().filter(
    (attributes) =>
      Number(attributes.get('async.block.duration')) > 2 &&
      attributes.get('async.block.cause') !== 'suspended' &&
      !before.has(attributes.get('async.block.id')),
  );
  assert.deepEqual(blamed, []);
});

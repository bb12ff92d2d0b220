import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import test, { after, before, beforeEach } from 'node:test';
import { Collector } from '../support/collector.js';
import { packageCopy } from '../support/package-copy.js';
import { fixturePath, packageUrl } from '../support/program.js';
import { Signalled } from '../support/signalled.js';

let collector: Collector;
let signalled: Signalled;
before(async () => {
  collector = await Collector.start();
  signalled = new Signalled(collector);
});
after(() => collector.stop());
beforeEach(() => {
  collector.misbehave = undefined;
  collector.spans.length = 0;
});

const permission = process.allowedNodeEnvironmentFlags.has('--permission')
  ? '--permission'
  : '--experimental-permission';
/** What differs from run to run. */
const withoutNumbers = (stderr: string) => stderr.replace(/node:\d+|ws:\S+/g, '');

for (const options of [
  ['--pending-deprecation', '--trace-warnings', '--throw-deprecation'],
  ['--frozen-intrinsics', '--disallow-code-generation-from-strings', '--no-warnings'],
  [permission, '--allow-fs-read=*', '--allow-worker', '--no-warnings'],
  ['--inspect=0'],
]) {
  test(`${options.join(' ')}: the spans arrive, nothing is said, the end is the same`, async () => {
    // some Nodes shut off the network as well, which their own option opens
    const network = process.allowedNodeEnvironmentFlags.has('--allow-net') ? ['--allow-net'] : [];
    const all = options.includes(permission) ? [...options, ...network] : options;
    const death = await signalled.assertSameEnd('default', { options: all }, withoutNumbers);
    assert.equal(death.signal, 'SIGTERM');
    signalled.assertDelivered();
  });
}

for (const kind of ['blocked', 'blocked for long']) {
  test(`${kind}, with an inspector port open`, async () => {
    const death = await signalled.assertSameEnd(kind, { options: ['--inspect=0'] }, withoutNumbers);
    assert.equal(death.signal, 'SIGTERM');
    signalled.assertDelivered();
  });
}

test('where it may not be interrupted, a blocked loop dies all the same', async () => {
  const options = [permission, '--allow-fs-read=*', '--allow-worker', '--no-warnings'];
  const death = await signalled.assertSameEnd('blocked', { options });
  assert.equal(death.signal, 'SIGTERM');
});

for (const kind of ['early', 'sidecar dies', 'sidecar dies later', 'cluster', 'nothing to deliver']) {
  test(`${kind}: nothing changes`, async () => {
    await signalled.assertSameEnd(kind);
  });
}

test('another sidecar, where the first has died, delivers', async () => {
  await signalled.assertSameEnd('sidecar dies later');
  signalled.assertDelivered();
});

test('two copies of the package deliver once', async () => {
  const copy = packageCopy();
  try {
    await signalled.assertSameEnd('two copies', { env: { COPY_URL: copy.url } });
    signalled.assertDelivered();
  } finally {
    copy.remove();
  }
});

test('with no signal in `crashSignals` it is as without us', async () => {
  for (const env of [{ CONFIG: '{"crashSignals":[]}' }, { OTEL_NODE_ASYNC_CRASH_SIGNALS: 'none' }]) {
    await signalled.assertSameEnd('not wanted', { env });
    assert.equal(signalled.arrived, false);
  }
});

test('where Node gives no handles away, who asked for signals is told so, once', async () => {
  const copy = packageCopy({
    'sidecar/internals.js': `export const INTERNALS = '--expose-internals';
      export function internalBinding() { throw new Error('not here'); }`,
  });
  try {
    const env = { PACKAGE_URL: copy.url, DIAG: '1' };
    const silent = await signalled.die('not wanted', { env });
    assert.deepEqual([silent.signal, silent.stderr], ['SIGTERM', '']);
    const told = await signalled.die('not wanted', {
      env: { ...env, CONFIG: '{"crashSignals":["SIGTERM"]}' },
    });
    assert.equal(told.signal, 'SIGTERM');
    assert.equal(told.stderr.match(/`crashSignals` does nothing.*not here/g)?.length, 1, told.stderr);
  } finally {
    copy.remove();
  }
});

test('a collector that never answered does not hold it for long', async () => {
  collector.misbehave = () => true;
  const env = { CONFIG: '{"crashFlushTimeoutMs":40000}' };
  const death = await signalled.die('default', { env });
  assert.equal(death.signal, 'SIGTERM');
  assert.ok(death.tookMs < 20_000, `${death.tookMs} ms`);
});

// Node does so until 24; where it does not, nobody misses it
test('a pipe that others share is left blocking', { skip: process.platform !== 'linux' }, async () => {
  const script = '"$@" & program=$!; wait $program; echo "ended $?"; grep flags /proc/self/fdinfo/1';
  const shell = spawn(
    'bash',
    ['-c', script, 'bash', process.execPath, fixturePath('sidecar/signalled.mjs'), 'pid'],
    {
      env: {
        ...process.env,
        NODE_OPTIONS: '',
        PACKAGE_URL: packageUrl,
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      },
      timeout: 60_000,
    },
  );
  let output = '';
  shell.stdout.on('data', (chunk) => {
    const before = output;
    output += chunk;
    const pid = /^pid (\d+)\nready$/m.exec(output)?.[1];
    if (pid !== undefined && !/ready/.test(before)) process.kill(Number(pid), 'SIGTERM');
  });
  await new Promise((resolve) => shell.once('close', resolve));
  assert.match(output, /^ended 143$/m);
  const flags = Number.parseInt(/^flags:\s*(\d+)$/m.exec(output)?.[1] ?? 'none', 8);
  assert.equal(flags & 0o4000, 0, output);
  signalled.assertDelivered();
});

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after, before, beforeEach } from 'node:test';
import { fileURLToPath } from 'node:url';
import { build, type Format } from 'esbuild';
import { Collector } from '../support/collector.js';
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

test("a clock of the application's tests neither raises an alarm nor sees us", async () => {
  const run = await start('faked-clock', 'quiet').finished;
  assert.deepEqual(run, { stdout: 'calls 1\n', stderr: '', code: 0, signal: null });
  assert.equal(bodies(), '');
});

test('under such a clock a block is told of all the same', async () => {
  const run = await start('faked-clock', 'block').finished;
  assert.deepEqual(run, { stdout: 'calls 1\n', stderr: '', code: 0, signal: null });
  await collector.until('the culprit', () => /guilty/.test(bodies()));
});

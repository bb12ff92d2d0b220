/** `npm install` of the tarball beside an SDK, `require()` and `import` of what it brings, and two copies of it. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { installedApplication, SDKS_HERE } from '../../support/applications.js';
import { npm } from '../../support/npm.js';
import { startSink } from '../../support/otlp-json-sink.js';
import { packedPackage } from '../../support/packed.js';
import { applicationEnvironment, runProgram } from '../../support/run-program.js';

const NAME = 'opentelemetry-instrumentation-async';
/** What `copies.mjs` calls inside its trace, once each. */
const FUNCTIONS = ['handleRequest', 'loadUser', 'loadUser', 'loadUser'];

for (const sdk of SDKS_HERE) {
  describe(sdk, () => {
    let folder: string;
    let installOutput: string;
    before(() => {
      ({ folder, installOutput } = installedApplication(sdk));
    });

    it('npm install of the tarball adds one package and complains about nothing of ours', () => {
      assert.match(installOutput, /added 1 package /);
      assert.doesNotMatch(installOutput, /ERESOLVE|EBADENGINE|peer|deprecated|npm error/i);
      assert.doesNotMatch(installOutput, new RegExp(NAME));
    });

    it('npm ls finds nothing missing, invalid or unmet', () => {
      const { status, stdout, stderr } = npm(['ls', '--all', '--json'], { cwd: folder, mayFail: true });
      const { problems = [] } = JSON.parse(stdout) as { problems?: string[] };
      assert.deepEqual(problems, []);
      assert.equal(status, 0, stderr);
    });

    it('require() and import give the same module, without a warning', async () => {
      const program = `
        import { createRequire } from 'node:module';
        const required = createRequire(import.meta.url)('${NAME}');
        const imported = await import('${NAME}');
        console.log(required.AsyncInstrumentation === imported.AsyncInstrumentation, Object.keys(imported).join());`;
      const run = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
        cwd: folder,
        encoding: 'utf8',
        timeout: 30_000,
        env: applicationEnvironment(),
      });
      assert.match(run.stdout, /^true .*AsyncInstrumentation/);
      // Node 20.19 to 22.12 say once that require() of ESM is an experiment, unless it comes from node_modules
      assert.equal(
        run.stderr.replace(/^.*(ExperimentalWarning: .*ES Module|--trace-warnings).*\n/gm, ''),
        '',
      );
    });

    it('two copies of the package record what one records, with as many hooks and listeners', async () => {
      const twice = twoCopies(folder);
      const sink = await startSink();
      try {
        const reports: unknown[] = [];
        for (const copies of [[NAME], [NAME, 'second-copy'], ['second-copy', NAME]]) {
          const name = copies.join('-');
          const { stdout, stderr } = await runProgram(twice, ['copies.mjs', ...copies], sink.endpoint(name));
          assert.equal(stderr, '');
          const spans = sink.received(name).spans.map((span) => span.name);
          reports.push({ ...JSON.parse(stdout), spans: spans.filter((n) => FUNCTIONS.includes(n)).sort() });
        }
        assert.deepEqual((reports[0] as { spans: string[] }).spans, FUNCTIONS);
        assert.deepEqual(reports[1], reports[0]);
        assert.deepEqual(reports[2], reports[0]);
      } finally {
        await sink.close();
      }
    });
  });
}

const temporary: string[] = [];
after(() => {
  for (const folder of temporary) rmSync(folder, { recursive: true, force: true });
});

/** A copy of the application with the tarball installed a second time, under another name. */
function twoCopies(folder: string): string {
  const twice = mkdtempSync(join(tmpdir(), 'two-copies-'));
  temporary.push(twice);
  cpSync(folder, twice, { recursive: true, verbatimSymlinks: true });
  npm(['install', `second-copy@file:${packedPackage().tarball}`], { cwd: twice });
  assert.ok(existsSync(join(twice, 'node_modules', 'second-copy', 'dist', 'index.js')));
  return twice;
}

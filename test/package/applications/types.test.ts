/** The types compile in an application of a stranger, against the types of either SDK. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { installedApplication, SDKS_HERE } from '../../support/applications.js';
import { REPOSITORY } from '../../support/packed.js';

const STRICT = ['--strict', '--exactOptionalPropertyTypes', '--noUncheckedIndexedAccess'];

for (const sdk of SDKS_HERE) {
  for (const consumer of ['consumer.mts', 'consumer.cts']) {
    for (const skipLibCheck of ['true', 'false']) {
      test(`${sdk}, ${consumer}, skipLibCheck ${skipLibCheck}`, () => {
        const { folder } = installedApplication(sdk);
        const run = spawnSync(
          process.execPath,
          [
            join(REPOSITORY, 'node_modules', 'typescript', 'bin', 'tsc'),
            ...['--noEmit', '--target', 'es2022', '--module', 'nodenext', '--moduleResolution', 'nodenext'],
            ...[...STRICT, '--skipLibCheck', skipLibCheck, '--types', 'node'],
            ...['--typeRoots', join(REPOSITORY, 'node_modules', '@types')],
            join('types', consumer),
          ],
          { cwd: folder, encoding: 'utf8', timeout: 120_000 },
        );
        const output = run.stdout + run.stderr;
        if (skipLibCheck === 'true') assert.equal(run.status, 0, output);
        // what others' declarations get wrong is theirs
        else
          assert.doesNotMatch(output, /^(types\/|node_modules\/opentelemetry-instrumentation-async).*error/m);
      });
    }
  }
}

/** What the tools that judge packages say of the tarball. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { packedPackage, REPOSITORY } from '../support/packed.js';

function tool(name: string, args: string[]) {
  const run = spawnSync(process.execPath, [join(REPOSITORY, 'node_modules', ...name.split('/')), ...args], {
    cwd: REPOSITORY,
    encoding: 'utf8',
    timeout: 120_000,
  });
  return { status: run.status, output: run.stdout + run.stderr };
}

test('publint has nothing to say', () => {
  const { status, output } = tool('publint/src/cli.js', ['run', packedPackage().tarball, '--strict']);
  assert.equal(status, 0, output);
  assert.match(output, /All good!/);
});

test('are the types wrong? no', () => {
  // Out of scope: `moduleResolution: node10` (profile), which knows no `exports`, so no supported Node resolves like it.
  // And there is no CommonJS build (the rule): `require()` of ESM works on every Node in `engines`.
  const { status, output } = tool('@arethetypeswrong/cli/dist/index.js', [
    packedPackage().tarball,
    ...['--profile', 'node16', '--ignore-rules', 'cjs-resolves-to-esm'],
    ...['--no-emoji', '--no-color'],
  ]);
  assert.equal(status, 0, output);
});

/** Synchronous functions seen from outside: a program must not find out that they are watched. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { packageUrl, runProgram } from '../support/program.js';

const STACKS = 'sync-io/stacks.mjs';

/** A function without a name of its own is named after the property that it stands in. */
const nameless = (text: string) => text.replaceAll(/\w+\.(native|<anonymous>) \(node:fs/g, 'native (node:fs');

const withoutPid = (text = '') => text.replaceAll(/\(node:\d+\)/g, '');

for (const options of [[], ['--enable-source-maps'], ['--frozen-intrinsics']]) {
  test(`errors, their stacks and the functions' properties are the same ${options}`, async () => {
    const [bare, ours] = await Promise.all(
      ['0', '1'].map((INSTRUMENT) => runProgram(STACKS, [], { INSTRUMENT }, options).finished),
    );
    assert.ok(Number(bare?.stdout.length) > 10_000, bare?.stderr);
    assert.equal(nameless(String(ours?.stdout)), nameless(String(bare?.stdout)));
    assert.equal(withoutPid(ours?.stderr), withoutPid(bare?.stderr));
    assert.equal(ours?.code, 0);
  });
}

test('an uncaught one ends the process with the same code, message and stack', async () => {
  const [bare, ours] = await Promise.all(
    ['0', '1'].map((INSTRUMENT) => runProgram(STACKS, ['uncaught'], { INSTRUMENT }).finished),
  );
  assert.equal(ours?.code, bare?.code);
  // Node's own line above it is left out: it would be ours
  const [place, bareError] = String(bare?.stderr).split(/(?<=\^\n\n)/);
  assert.match(String(place), /^node:fs:\d+\n/);
  assert.match(String(bareError), /^Error: ENOENT.*\n {4}at /);
  assert.equal(ours?.stderr, bareError);
});

test('calls of the entry module are not told of, those after it are', async () => {
  const esm = await runProgram('sync-io/startup.mjs').finished;
  assert.equal(esm.stdout, '["afterwards"]\n', esm.stderr);
  const PACKAGE_FILE = fileURLToPath(packageUrl);
  const cjs = await runProgram('sync-io/startup.cjs', [], { PACKAGE_FILE }).finished;
  assert.equal(cjs.stdout, '["afterwards"]\n', cjs.stderr);
});

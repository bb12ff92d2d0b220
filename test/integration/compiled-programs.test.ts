import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Comparison } from '../support/async-programs/comparison.js';
import { MUTATIONS } from '../support/async-programs/mutations.js';

const MAIN = fileURLToPath(new URL('../support/async-programs/main.js', import.meta.url));

function programs(...args: string[]): Promise<Comparison> {
  return new Promise((resolve, reject) => {
    const options = { timeout: 120_000, maxBuffer: 1 << 26, env: { ...process.env, NODE_OPTIONS: '' } };
    execFile(process.execPath, [MAIN, '--json', ...args], options, (error, stdout, stderr) => {
      try {
        resolve(JSON.parse(stdout));
      } catch {
        reject(error ?? new Error(stderr));
      }
    });
  });
}

const told = ({ failures }: Comparison) =>
  failures.map(
    ({ seed, source }) => `seed ${seed} (npm run conformance:programs -- --seed ${seed}):\n${source}`,
  );

test('random programs do the same in the same turns of the microtask queue when they are compiled', async () => {
  const result = await programs('--programs', '400');
  assert.deepEqual(told(result), []);
  assert.equal(result.programs, 400);
  assert.ok(result.lines > 4_000, `only ${result.lines} lines`);
});

test('and while every task is tracked', async () => {
  assert.deepEqual(told(await programs('--debug', '--programs', '200', '--seed', '100001')), []);
});

for (const mutation of Object.keys(MUTATIONS)) {
  test(`the comparison finds a compiler's fault: ${mutation}`, async () => {
    const result = await programs('--mutation', mutation, '--programs', '200', '--failures', '1');
    const [failure] = result.failures;
    assert.ok(failure, `not found in ${result.programs} programs`);
    assert.notDeepEqual(failure.bare, failure.transformed);
    // made small: what is left shows the fault and little else
    assert.ok(failure.source.split('\n').length <= 12, failure.source);
  });
}

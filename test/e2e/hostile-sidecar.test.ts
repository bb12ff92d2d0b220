import assert from 'node:assert/strict';
import test from 'node:test';
import { runProgram } from '../support/program.js';

/** The full hundred on every Node: `SIDECAR_RUNS=100 npm run test:matrix -- e2e/hostile-sidecar`. */
const RUNS = Number(process.env.SIDECAR_RUNS ?? 5);

async function pausesWith(failure: string): Promise<{ asked: number; longest: number }> {
  // the main thread waits for V8's helpers, which on a busy machine are given no processor
  const options = ['--single-threaded'];
  const run = await runProgram('sidecar/hostile-host.mjs', [failure, String(RUNS)], {}, options).finished;
  assert.equal(run.code, 0, run.stderr);
  const { asked, pauses } = JSON.parse(run.stdout) as { asked: number; pauses: number[] };
  return { asked, longest: Math.max(...pauses) };
}

for (const failure of ['throw', 'exit', 'stall', 'throw-in-answer']) {
  test(`a sidecar that fails (${failure}) right after it has asked does not hold up the loop`, async (t) => {
    // what a busy machine does to a loop that is asked by a sidecar that does not fail
    const control = await pausesWith('nothing');
    const { asked, longest } = await pausesWith(failure);
    t.diagnostic(`${RUNS} runs, ${asked} asked in time, longest pause ${longest.toFixed(1)} ms`);
    assert.ok(asked >= RUNS / 2, `only ${asked} of ${RUNS} asked while the loop was blocked`);
    assert.ok(longest - control.longest < 100, `a pause of ${longest} ms, ${control.longest} ms without`);
  });
}

test('a debugger that stops the program while it is asked can always let it go on', async () => {
  const run = await runProgram('sidecar/debugged-host.mjs', ['40']).finished;
  assert.equal(run.code, 0, `signal ${run.signal} ${run.stderr}`);
  const { stopped, asked } = JSON.parse(run.stdout) as { stopped: number; asked: number };
  assert.ok(stopped === 40 && asked > 40, `stopped ${stopped} times, asked ${asked} times`);
});

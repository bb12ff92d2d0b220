import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { runProgram } from '../support/program.js';

const CHILDREN = 12;
const SIGNALS_EACH = 40;
const SWALLOWED_AFTER_MS = 30_000;

interface Outcomes {
  heard: number;
  ours: number;
  byDefault: number;
}

/** Sends signals one after the other, each when the one before has had its effect, until the program dies. */
async function signalUntilDead(t: TestContext, seed: number, outcomes: Outcomes): Promise<void> {
  const program = runProgram('sidecar/signal-race.mjs', [String(seed)]);
  t.after(() => program.child.kill('SIGKILL'));
  let over = false;
  let sent = 0;
  let wake = () => {};
  program.child.stdout?.on('data', () => wake());
  program.child.on('exit', () => {
    over = true;
    wake();
  });
  const until = async (condition: () => boolean) => {
    const deadline = performance.now() + SWALLOWED_AFTER_MS;
    while (!condition() && !over) {
      assert.ok(performance.now() < deadline, `signal ${sent} was swallowed: ${program.run.stdout}`);
      const timer = setTimeout(() => wake(), SWALLOWED_AFTER_MS);
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
      clearTimeout(timer);
    }
  };
  const heard = () => program.run.stdout.match(/heard/g)?.length ?? 0;
  await until(() => program.run.stdout.startsWith('ready'));
  while (!over && sent < SIGNALS_EACH) {
    // sometimes before the sidecar holds it, sometimes while it does, mostly while the application listens
    await sleep((seed * 7 + sent * 13) % 11);
    if (over) break;
    const before = heard();
    program.child.kill('SIGTERM');
    sent++;
    await until(() => heard() > before);
  }
  const survived = !over;
  if (survived) program.child.kill('SIGKILL');
  const run = await program.finished;
  const isOurs = /^ours$/m.test(run.stdout);
  // each has had one effect, whichever
  assert.equal(heard() + (survived ? 0 : 1), sent, run.stdout);
  assert.equal(run.signal, survived ? 'SIGKILL' : 'SIGTERM');
  outcomes.heard += heard();
  if (isOurs) outcomes.ours++;
  else if (!survived) outcomes.byDefault++;
}

test('each signal goes to the application or to us: none is swallowed, none has two effects', async (t) => {
  const outcomes: Outcomes = { heard: 0, ours: 0, byDefault: 0 };
  for (let seed = 0; seed < CHILDREN; seed++) await signalUntilDead(t, seed, outcomes);
  t.diagnostic(JSON.stringify(outcomes));
  assert.ok(outcomes.heard > 0 && outcomes.ours > 0, JSON.stringify(outcomes));
});

test('a signal that comes in the last moment before the sidecar lets go is ours', async () => {
  const { stdout, stderr } = await runProgram('sidecar/signal-before-close.mjs').finished;
  assert.deepEqual({ stdout, stderr }, { stdout: 'ours\n', stderr: '' });
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AvailableTime } from '../../../src/probes/available-time.js';

function world() {
  const w = { now: 1_000, waitedMs: 500 };
  const time = new AvailableTime(
    () => w.now,
    () => ({ usedMs: 0, waitedMs: w.waitedMs }),
  );
  return {
    time,
    second(waitedMs: number) {
      const before = time.clock();
      w.now += 1_000;
      const passed = time.clock() - before;
      w.waitedMs += waitedMs;
      time.tick();
      return passed;
    },
  };
}

test('time in which the thread waited for a processor does not count, from the next second on', () => {
  const { second } = world();
  const passed = [second(0), second(750), second(750), second(0), second(0)];
  assert.deepEqual(passed, [1_000, 1_000, 250, 250, 1_000]);
});

test('it never stands still, never goes back, and never runs faster than the clock', () => {
  const { time, second } = world();
  let last = time.clock();
  for (const waitedMs of [5_000, 1_000, -3_000, 0, 999]) {
    const passed = second(waitedMs);
    assert.ok(passed > 0 && passed <= 1_000, `${passed} ms`);
    assert.ok(time.clock() >= last);
    last = time.clock();
  }
});

test('a machine that tells nothing has its time counted whole', () => {
  let now = 0;
  const time = new AvailableTime(
    () => now,
    () => ({ usedMs: 0, waitedMs: 0 }),
  );
  now = 1_000;
  time.tick();
  now = 5_000;
  assert.equal(time.clock(), 5_000);
});

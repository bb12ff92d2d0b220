import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readBoth } from '../../../src/base/clock.js';

/** A monotonic clock and a wall clock that is `ahead` of it; each read of the monotonic one takes the next step. */
function clocks(ahead: number, steps: number[]) {
  let now = 0;
  const clock = () => {
    now += steps.shift() ?? 0;
    return now;
  };
  return { clock, wall: () => now + ahead };
}

test('two clocks are read at the same moment', () => {
  const { clock, wall } = clocks(1_000, [5, 0.001]);
  const { monotonicMs, epochMs } = readBoth(clock, wall);
  assert.ok(Math.abs(epochMs - monotonicMs - 1_000) < 0.01);
});

test('a pair that was read with the thread off its core in between is not taken', () => {
  const { clock, wall } = clocks(1_000, [5, 12, 7, 0.001]);
  const { monotonicMs, epochMs } = readBoth(clock, wall);
  assert.ok(Math.abs(epochMs - monotonicMs - 1_000) < 0.01);
});

test('where every pair was disturbed, the closest is taken', () => {
  const { clock, wall } = clocks(1_000, [5, 12, 3, 7, 9, 8, 10, 11]);
  const { monotonicMs, epochMs } = readBoth(clock, wall);
  assert.equal(monotonicMs, 5 + 12 + 3);
  assert.equal(epochMs - monotonicMs, 1_000 - 3);
});

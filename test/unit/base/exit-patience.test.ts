import assert from 'node:assert/strict';
import test from 'node:test';
import {
  DOUBTFUL_TOTAL_MS,
  exitPatienceLeftMs,
  healthyExitPatienceLeftMs,
  spendExitPatience,
} from '../../../src/base/exit-patience.js';

test('all waits take from one purse, a wait that is not over too', () => {
  assert.equal(healthyExitPatienceLeftMs(60_000), 60_000);
  spendExitPatience(20_000, true);
  assert.equal(healthyExitPatienceLeftMs(60_000), 40_000);
  assert.equal(healthyExitPatienceLeftMs(60_000, 500), 39_500);
  assert.equal(exitPatienceLeftMs(), DOUBTFUL_TOTAL_MS, 'who waited for one that was well may still doubt');
});

test('what was spent in doubt is spent for both, and where little is left it is as in doubt', () => {
  spendExitPatience(100, false);
  assert.equal(exitPatienceLeftMs(), DOUBTFUL_TOTAL_MS - 100);
  assert.equal(healthyExitPatienceLeftMs(60_000), 39_900);
  spendExitPatience(39_800, true);
  assert.equal(healthyExitPatienceLeftMs(60_000), DOUBTFUL_TOTAL_MS - 100);
});

test('a process that has gone on has a new purse, but not for a collector that was away', () => {
  const goneOnMs = 2_000;
  assert.equal(healthyExitPatienceLeftMs(60_000, -goneOnMs) - goneOnMs, 60_000);
  assert.equal(exitPatienceLeftMs(), DOUBTFUL_TOTAL_MS - 100);
});

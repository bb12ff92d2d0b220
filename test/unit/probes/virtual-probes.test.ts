import assert from 'node:assert/strict';
import test from 'node:test';
import type { LoopObservation } from '../../../src/probes/event-loop.js';
import { VirtualProbes } from '../../../src/probes/virtual-probes.js';

const observation = (given: Partial<LoopObservation> & { now: number }): LoopObservation => ({
  previous: 0,
  busyFrom: given.now,
  busyUntil: given.now,
  overdueFrom: Infinity,
  suspendedFrom: given.now,
  suspendedUntil: given.now,
  startup: false,
  nextAt: 0,
  ...given,
});

function probes(intervalMs = 10) {
  const lags: number[] = [];
  const skipped: number[] = [];
  const rule = new VirtualProbes(
    intervalMs,
    (lag) => lags.push(lag),
    (count) => skipped.push(count),
  );
  rule.observe(observation({ now: 0 }));
  lags.length = 0;
  return { rule, lags, skipped };
}

test('a loop that slept has a probe of no lag at each due time', () => {
  const { rule, lags } = probes();
  rule.observe(observation({ now: 60.4 }));
  assert.deepEqual(lags, [0, 0, 0, 0, 0, 0]);
});

test('every due time that a block missed is recorded: now - due, now - due - 10, ...', () => {
  const { rule, lags } = probes();
  rule.observe(observation({ now: 55, busyFrom: 15, busyUntil: 55 }));
  assert.deepEqual(lags, [0, 35, 25, 15, 5]);
});

test('a block of 400 ms is 40 late probes', () => {
  const { rule, lags } = probes();
  rule.observe(observation({ now: 403, busyFrom: 3, busyUntil: 403 }));
  assert.equal(lags.length, 40);
  assert.equal(lags[0], 393);
  assert.equal(lags.at(-1), 3);
});

test('a block that ended before the loop slept is measured to its end, not to now', () => {
  const { rule, lags } = probes();
  rule.observe(observation({ now: 60, busyFrom: 0, busyUntil: 25 }));
  assert.deepEqual(lags, [15, 5, 0, 0, 0, 0]);
});

test('what the machine overslept is lag, what it was suspended for is not', () => {
  const starved = probes();
  starved.rule.observe(observation({ now: 95, overdueFrom: 60 }));
  assert.deepEqual(starved.lags, [0, 0, 0, 0, 0, 35, 25, 15, 5]);
  const suspended = probes();
  suspended.rule.observe(
    observation({ now: 9_005, overdueFrom: 60, suspendedFrom: 60, suspendedUntil: 8_990, busyFrom: 8_990 }),
  );
  assert.deepEqual(suspended.lags, [0, 0, 0, 0, 0, 15, 5]);
});

test('the start of the process is outside, and so are probes due before the first observation', () => {
  const lags: number[] = [];
  const rule = new VirtualProbes(10, (lag) => lags.push(lag));
  rule.observe(observation({ now: 1_000, busyFrom: 0, busyUntil: 1_000, startup: true }));
  assert.deepEqual(lags, []);
  rule.observe(observation({ now: 1_021, previous: 1_000 }));
  assert.deepEqual(lags, [0, 0]);
});

test('no probe is recorded twice, however often the loop is observed', () => {
  const { rule, lags } = probes();
  for (let now = 0; now <= 1_000; now += 0.7) rule.observe(observation({ now }));
  assert.equal(lags.length, 99 + (Math.floor(1_000 / 0.7) * 0.7 >= 1_000 ? 1 : 0));
});

test('a block of hours is bounded: the oldest probes are counted, not recorded', () => {
  const { rule, lags, skipped } = probes();
  rule.observe(observation({ now: 3_600_000, busyFrom: 0, busyUntil: 3_600_000 }));
  assert.equal(lags.length, 100_000);
  assert.deepEqual(skipped, [260_000]);
  assert.equal(lags.at(-1), 0);
});

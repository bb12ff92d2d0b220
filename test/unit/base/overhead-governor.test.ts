import assert from 'node:assert/strict';
import test from 'node:test';
import { OverheadGovernor, SHED_ORDER } from '../../../src/base/overhead-governor.js';

/** A host whose tracking costs `costs[level]` of each second, less where windows narrow it. */
function world(costs: (level: number) => number, budget = 0.02) {
  const meter = { now: 0, totalMs: 0, clock: () => meter.now };
  const governor = new OverheadGovernor(meter, budget);
  const levels: number[] = [];
  return {
    governor,
    levels,
    share: 0,
    seconds(count: number) {
      const spent = meter.totalMs;
      for (let second = 0; second < count; second++) {
        meter.now += 1_000;
        meter.totalMs += 1_000 * costs(governor.level) * governor.windowShare;
        governor.turn();
        if (governor.level !== (levels.at(-1) ?? 0)) levels.push(governor.level);
      }
      this.share = (meter.totalMs - spent) / (count * 1_000);
    },
  };
}

test('inside the budget nothing is given up, nor for a burst', () => {
  const w = world(() => 0.019);
  w.seconds(600);
  let burst = 1;
  const bursting = world(() => (burst-- > 0 ? 0.15 : 0.001));
  bursting.seconds(60);
  assert.deepEqual([w.levels, bursting.levels], [[], []]);
});

test('a little too much takes one step after the other, in the order that is told', () => {
  const w = world(() => 0.05);
  w.seconds(120);
  assert.deepEqual(w.levels.slice(0, SHED_ORDER.length), [1, 2, 3, 4]);
  assert.deepEqual(SHED_ORDER, ['stack_depth', 'site', 'promise', 'window']);
});

test('it stops at the first step that is enough', () => {
  const w = world((level) => [0.04, 0.03, 0.015][level] ?? 0);
  w.seconds(40);
  assert.deepEqual(w.levels, [1, 2]);
});

test('a load of a hundred times the planned one is inside the budget after seconds, and stays there', () => {
  const w = world(() => 2);
  w.seconds(10);
  w.seconds(300);
  assert.ok(w.share <= 0.02, `${w.share}`);
  assert.ok(w.share >= 0.004, `${w.share}: more was given up than had to be`);
});

test('when the load is gone everything comes back, in the opposite order', () => {
  let load = 0.6;
  const w = world(() => load);
  w.seconds(30);
  load = 0.001;
  w.levels.length = 0;
  w.seconds(300);
  assert.deepEqual(w.levels, [4, 3, 2, 1, 0]);
  assert.equal(w.governor.windowShare, 1);
});

test('what proved too early is tried again later and later', () => {
  // at level 1 it is cheap, at 0 it is not: without hysteresis it would go to and fro every few seconds
  const w = world((level) => (level === 0 ? 0.5 : 0.001));
  w.seconds(60);
  const early = w.levels.length;
  w.seconds(3_600);
  const perMinute = (w.levels.length - early) / 60;
  assert.ok(perMinute <= 2.5, `${perMinute} changes a minute`);
  assert.ok(w.levels.length > early, 'and never given up');
});

test('a budget of 1 never sheds, one of 0 never tracks', () => {
  const free = world(() => 3, 1);
  free.seconds(60);
  assert.equal(free.governor.level, 0);
  const none = world(() => 0, 0);
  none.seconds(600);
  assert.deepEqual([none.governor.level, none.governor.windowShare], [SHED_ORDER.length, 0]);
});

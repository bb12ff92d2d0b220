import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SelfCost } from '../../../../src/base/self-cost.js';
import { TraceBudget } from '../../../../src/telemetry/spans/trace-budget.js';

/** Roots that begin every 10 ms; each that is granted costs `ms` of own work and has `spans` spans. */
function world({ debug = false, overheadBudget = 0.02, perSecond = 300, ms = 0, spans = 0 }) {
  let now = 0;
  const cost = new SelfCost(() => now);
  const budget = new TraceBudget(cost, { debug, overheadBudget, 'spans.maxPerSecond': perSecond });
  return {
    load: { ms, spans },
    /** How many were granted, and why others were not. */
    seconds(count: number) {
      const told = { granted: 0, spans_per_second: 0, overhead: 0 };
      for (const until = now + count * 1_000; now < until; now += 10) {
        const answer = budget.refusal() ?? 'granted';
        told[answer]++;
        if (answer !== 'granted') continue;
        const began = now;
        now += this.load.ms;
        cost.add(began);
        now = began;
        budget.spendSpans(this.load.spans);
      }
      return told;
    },
  };
}

test('what is allowed at start is allowed once; from then on a full load gets what a second allows', () => {
  const w = world({ ms: 2 });
  const first = w.seconds(1);
  assert.ok(first.granted >= 60, `${first.granted} of the first hundred`);
  const later = w.seconds(20);
  assert.ok(later.granted * 2 <= 20 * 20 + 20, `${later.granted} traces of 2 ms in 20 s`);
  assert.ok(later.granted * 2 >= 0.9 * 20 * 20, `${later.granted} traces of 2 ms in 20 s`);
  w.load.ms = 0;
  w.seconds(600);
  w.load.ms = 2;
  const again = w.seconds(1);
  assert.ok(again.granted <= 22, `after minutes of rest ${again.granted} in a second`);
});

test('one trace a second is told whatever the debt, and the debt does not outlast the load for long', () => {
  const w = world({ ms: 500 });
  w.seconds(10);
  assert.equal(w.seconds(60).granted, 60);
  w.load.ms = 0;
  w.seconds(11);
  assert.equal(w.seconds(1).overhead, 0);
});

test('spans are limited in debug mode as well, but for one trace a second', () => {
  const standard = world({ spans: 1_000 });
  assert.ok(standard.seconds(100).granted <= 31);
  const debug = world({ debug: true, spans: 1_000 });
  const { granted } = debug.seconds(100);
  assert.ok(granted >= 99 && granted <= 101, `${granted} in 100 s`);
  debug.load.spans = 0;
  debug.seconds(11);
  assert.equal(debug.seconds(1).spans_per_second, 0);
});

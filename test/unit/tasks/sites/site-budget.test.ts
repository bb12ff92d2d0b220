import assert from 'node:assert/strict';
import test from 'node:test';
import { birthOf } from '../../../../src/tasks/birth.js';
import { SiteBudget } from '../../../../src/tasks/sites/site-budget.js';
import type { TaskScope } from '../../../../src/tasks/task.js';

const birth = (name: string) =>
  birthOf({
    kind: 'async_function',
    type: 'PROMISE',
    name,
    ownership: 'user',
    site: undefined,
    definition: undefined,
    stack: undefined,
  });

const scope = (withheld: boolean) => ({ withheld }) as TaskScope;
const TOLD = scope(false);
const UNTOLD = scope(true);

function looks(budget: SiteBudget, name: string, times: number, where = TOLD, minor = false): number {
  let count = 0;
  for (let i = 0; i < times; i++) {
    if (!budget.allows(birth(name), where, minor)) continue;
    budget.spend(1);
    count++;
  }
  return count;
}

test('while there is plenty every creation is looked at', () => {
  let now = 0;
  const budget = new SiteBudget(() => now, 1_000);
  for (let second = 0; second < 5; second++, now += 1_000) assert.equal(looks(budget, 'busy', 700), 700);
  assert.equal(budget.takeMissed(), 0);
});

test('a busy place cannot cost the others their sites', () => {
  let now = 0;
  const budget = new SiteBudget(() => now, 1_000);
  let busy = 0;
  for (let ms = 0; ms < 5_000; ms += 5, now += 5) {
    busy += looks(budget, 'busy', 500);
    if (ms % 1_000 === 0) assert.equal(looks(budget, `seldom ${ms}`, 5), 5, `at ${ms} ms`);
  }
  assert.ok(busy >= 4_000 && busy <= 6_000, `${busy} looks in 5 s at a budget of 1,000 a second`);
  assert.equal(budget.takeMissed(), 500_000 - busy);
  assert.equal(budget.takeMissed(), 0);
});

test('a look that reads much counts as more', () => {
  let now = 0;
  const budget = new SiteBudget(() => now, 1_000);
  let count = 0;
  for (; now < 10_000; now++) {
    for (let i = 0; i < 10 && budget.allows(birth('deep'), TOLD); i++, count++) budget.spend(20);
  }
  assert.ok(count >= 2_000 && count <= 2_300, `${count} looks of 20 frames in 10 s, at 1,000 of 4 a second`);
});

test('what no span tells of is looked at while there is plenty, else a fifth as often, and costs the others nothing', () => {
  let now = 0;
  const plenty = new SiteBudget(() => now, 1_000);
  for (; now < 5_000; now += 10) assert.equal(looks(plenty, 'busy', 7, UNTOLD), 7, `at ${now} ms`);
  const short = new SiteBudget(() => now, 1_000);
  let untold = 0;
  for (const end = now + 10_000; now < end; now += 10) {
    untold += looks(short, 'busy', 500, UNTOLD);
    if (now % 1_000 === 0) assert.equal(looks(short, 'told', 50), 50, `at ${now} ms`);
  }
  assert.ok(untold >= 1_800 && untold <= 2_600, `${untold} looks in 10 s at a budget of 1,000 a second`);
});

test('what seldom says anything is not looked at when the budget runs short', () => {
  const budget = new SiteBudget(() => 0, 1_000);
  assert.equal(looks(budget, 'tick', 100, TOLD, true), 100);
  assert.ok(looks(budget, 'busy', 500) >= 400);
  assert.ok(looks(budget, 'tick', 100, TOLD, true) <= 8);
  assert.equal(looks(budget, 'other', 100), 100);
});

test('no budget, no look; a lower limit counts at once', () => {
  let now = 0;
  assert.equal(looks(new SiteBudget(() => now, 0), 'any', 10), 0);
  const budget = new SiteBudget(() => now, 1_000);
  budget.limit(10);
  now += 1_000;
  assert.equal(looks(budget, 'busy', 100), 8, 'a quarter is kept for others');
});

test('equal births are one object', () => {
  assert.equal(birth('a'), birth('a'));
  assert.notEqual(birth('a'), birth('b'));
});

import assert from 'node:assert/strict';
import test from 'node:test';
import { birthOf } from '../../../../src/tasks/birth.js';
import { SiteBudget } from '../../../../src/tasks/sites/site-budget.js';

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

function looks(budget: SiteBudget, name: string, times: number): number {
  let count = 0;
  for (let i = 0; i < times; i++) {
    if (!budget.allows(birth(name))) continue;
    budget.spend();
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

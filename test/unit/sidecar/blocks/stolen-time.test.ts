import assert from 'node:assert/strict';
import test from 'node:test';
import { StolenTime } from '../../../../src/sidecar/blocks/stolen-time.js';

test('what was stolen counts as far as it lies within a block', () => {
  const stolen = new StolenTime();
  stolen.awake(3_000, 2_000, 1_900, 100);
  assert.equal(stolen.within(1_000, 2_000), 1_900);
  assert.equal(stolen.within(900, 5_000), 1_900);
  assert.equal(stolen.within(2_500, 5_000), 500);
  assert.equal(stolen.within(0, 1_200), 200);
  assert.equal(stolen.within(3_000, 400), 0);
  assert.equal(stolen.within(0, 900), 0);
});

test('a sleep that was wanted may have been stolen too, where most of it was not', () => {
  const stolen = new StolenTime();
  stolen.awake(2_500, 2_500, 2_300, 0);
  assert.equal(stolen.within(0, 2_500), 2_500);
  stolen.awake(10_300, 300, 60, 0);
  assert.equal(stolen.within(10_000, 300), 60);
});

test('waiting for a processor steals nothing', () => {
  const stolen = new StolenTime();
  stolen.awake(1_000, 400, 392, 390);
  assert.equal(stolen.within(0, 1_000), 0);
});

test('a short while is not worth remembering, and the oldest are forgotten', () => {
  const stolen = new StolenTime();
  for (let second = 1; second <= 20; second++) stolen.awake(second * 1_000, 100, 100, 0);
  stolen.awake(21_000, 50, 50, 0);
  assert.equal(stolen.within(0, 30_000), 800);
});

test('times go on where 32 bits end', () => {
  const stolen = new StolenTime();
  stolen.awake((2 ** 31 + 100) | 0, 200, 200, 0);
  assert.equal(stolen.within(2 ** 31 - 200, 250), 150);
});

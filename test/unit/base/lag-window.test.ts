import assert from 'node:assert/strict';
import test from 'node:test';
import { LagWindow } from '../../../src/base/lag-window.js';
import { seeded } from '../../support/random.js';

test('shows nothing before anything was recorded, and what there is before the first window is full', () => {
  const window = new LagWindow(1_000, 0);
  assert.equal(window.summary(), undefined);
  window.record(20);
  assert.ok(Math.abs((window.summary()?.max as number) - 0.02) < 0.0005);
  assert.equal(window.turn(999), false);
  assert.ok(window.summary());
});

test('shows the last complete window until the next is complete, whoever reads how often', () => {
  const window = new LagWindow(1_000, 0);
  window.record(300);
  assert.equal(window.turn(1_200), true);
  window.record(5);
  for (let reads = 0; reads < 3; reads++) assert.ok((window.summary()?.max as number) > 0.29);
  assert.equal(window.turn(2_199), false, 'a late turn starts a whole window');
  assert.equal(window.turn(2_200), true);
  const { max = 0, min = 0 } = window.summary() ?? {};
  assert.ok(max < 0.0051 && min > 0.0049, 'it comes back down');
  assert.equal(window.turn(3_300), true);
  assert.equal(window.summary(), undefined, 'an empty window is no measurement');
});

test('percentiles, mean and deviation are within 1%', () => {
  const random = seeded(4);
  const window = new LagWindow(1_000, 0);
  const values = Array.from({ length: 20_000 }, () => random() ** 3 * 500);
  for (const value of values) window.record(value);
  values.sort((a, b) => a - b);
  const mean = values.reduce((a, b) => a + b) / values.length;
  const variance = values.reduce((total, value) => total + (value - mean) ** 2, 0) / values.length;
  const summary = window.summary() ?? assert.fail();
  const expected = {
    mean,
    stddev: Math.sqrt(variance),
    p50: values[10_000] as number,
    p90: values[18_000] as number,
    p99: values[19_800] as number,
    max: values.at(-1) as number,
  };
  for (const [key, value] of Object.entries(expected)) {
    const ours = summary[key as keyof typeof summary] * 1_000;
    assert.ok(Math.abs(ours - value) < value * 0.01, `${key}: ${ours}, not ${value}`);
  }
});

test('values beyond its range count as the ends of it', () => {
  const window = new LagWindow(1_000, 0);
  window.record(0);
  window.record(1e12);
  const summary = window.summary() ?? assert.fail();
  assert.ok(summary.min <= 0.000_001);
  assert.ok(summary.max > 3_590);
});

import assert from 'node:assert/strict';
import test from 'node:test';
import { RecentExceptions } from '../../../../src/telemetry/errors/recent-exceptions.js';
import type { EventRecord } from '../../../../src/types.js';

function start() {
  let now = 0;
  const recent = new RecentExceptions(() => now);
  const pass = (seconds: number, stepMs = 1_000) => {
    for (let i = 0; i < seconds; i++) {
      now += stepMs;
      recent.tick();
    }
  };
  return { recent, pass, bodies: () => recent.records.map(({ body }) => body) };
}
const record = (body: string): EventRecord => ({
  eventName: 'exception',
  body,
  severity: 'ERROR',
  timeMs: 0,
  attributes: {},
});

test('a record is kept until the batch it lies in has been exported', () => {
  const { recent, pass, bodies } = start();
  recent.add(record('first'));
  pass(4);
  recent.add(record('second'));
  pass(3);
  assert.deepEqual(bodies(), ['first', 'second']);
  pass(1);
  assert.deepEqual(bodies(), ['second']);
  pass(4);
  assert.deepEqual(bodies(), []);
});

test('a loop that is blocked exports nothing: that time does not count', () => {
  const { recent, pass, bodies } = start();
  recent.add(record('before a block'));
  pass(2, 30_000);
  assert.deepEqual(bodies(), ['before a block']);
});

test('the last 32 are kept, without those that go in another form', () => {
  const { recent, bodies } = start();
  const all = Array.from({ length: 40 }, (_, i) => record(String(i)));
  for (const one of all) recent.add(one);
  recent.forget(all[39] as EventRecord);
  assert.deepEqual([bodies().length, bodies()[0], bodies().at(-1)], [31, '8', '38']);
});

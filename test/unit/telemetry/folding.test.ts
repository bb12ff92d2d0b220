import assert from 'node:assert/strict';
import test from 'node:test';
import { Folding } from '../../../src/telemetry/folding.js';

const MINUTE = 60_000;

function setUp() {
  const state = { now: 0, forgotten: 0 };
  const folding = new Folding(
    () => state.now,
    (count) => {
      state.forgotten += count;
    },
  );
  return { state, folding };
}

test('three a minute of each kind, the others counted', () => {
  const { state, folding } = setUp();
  const kind = folding.kindOf('a');
  const admitted = Array.from({ length: 10 }, () => folding.admits(kind));
  assert.deepEqual(admitted.slice(0, 4), [true, true, true, false]);
  assert.equal(kind.folded, 7);
  state.now = MINUTE - 1;
  assert.equal(folding.admits(kind), false);
  state.now = MINUTE;
  assert.equal(folding.admits(kind), true);
  assert.equal(kind.folded, 8);
});

test('never more than three in any minute', () => {
  const { state, folding } = setUp();
  const kind = folding.kindOf('a');
  const sent: number[] = [];
  for (; state.now < 10 * MINUTE; state.now += 700) if (folding.admits(kind)) sent.push(state.now);
  for (const at of sent) {
    assert.ok(sent.filter((other) => other >= at && other < at + MINUTE).length <= 3);
  }
  assert.ok(sent.length >= 28, 'the limit is used');
});

test('another kind is not held back', () => {
  const { folding } = setUp();
  for (let i = 0; i < 10; i++) folding.admits(folding.kindOf('a'));
  assert.equal(folding.admits(folding.kindOf('b')), true);
});

test('a new kind at each failure is bounded, in records and in memory', () => {
  const { state, folding } = setUp();
  let sent = 0;
  for (let i = 0; i < 50_000; i++) if (folding.admits(folding.kindOf(`kind ${i}`))) sent++;
  assert.equal(sent, 100);
  assert.ok(state.forgotten > 48_000, 'what is forgotten is counted');
});

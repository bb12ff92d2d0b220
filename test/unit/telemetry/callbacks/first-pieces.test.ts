import assert from 'node:assert/strict';
import test from 'node:test';
import type { Span } from '@opentelemetry/api';
import { asExpectedWork } from '../../../../src/base/expected-work.js';
import { RunWatch, type SlowRun } from '../../../../src/tasks/run-watch.js';
import { FirstPieces } from '../../../../src/telemetry/callbacks/first-pieces.js';

const root = (name: string) => ({ name }) as unknown as Span;

/** Pieces on a clock that moves by hand, with a threshold of 100 ms. */
function scene() {
  let now = 10_000;
  const told: string[] = [];
  const runs = new RunWatch();
  const pieces = new FirstPieces(
    () => now,
    runs,
    () => 100,
    (span, { durationMs }) => told.push(`${(span as unknown as { name: string }).name} ${durationMs}`),
  );
  return {
    pieces,
    runs,
    told,
    pass(ms: number) {
      now += ms;
    },
    announced(ms: number) {
      asExpectedWork(
        () => {
          now += ms;
        },
        () => now,
      );
    },
    ran(ms: number): SlowRun {
      now += ms;
      return { startMs: now - ms, endMs: now, durationMs: ms, busiest: undefined, busiestMs: 0, told: false };
    },
  };
}

test('a piece ends when the callback returns', async () => {
  const s = scene();
  s.pieces.started(root('long'));
  s.pass(100);
  await null;
  s.pieces.started(root('short'));
  s.pass(99);
  await null;
  s.pass(1_000);
  assert.deepEqual(s.told, ['long 100']);
});

test('a piece ends with its root, and not with another span', async () => {
  const s = scene();
  const first = root('first');
  s.pieces.started(first);
  s.pass(60);
  s.pieces.ended(root('other'));
  s.pass(60);
  s.pieces.ended(first);
  s.pass(500);
  await null;
  assert.deepEqual(s.told, ['first 120']);
});

test('each of several roots in one callback has its own piece', async () => {
  const s = scene();
  for (const [name, ms] of [
    ['a', 50],
    ['b', 150],
    ['c', 90],
  ] as const) {
    s.pieces.started(root(name));
    s.pass(ms);
  }
  await null;
  assert.deepEqual(s.told, ['b 150']);
});

test('runs of tasks that were told of, announced work and our own work do not count', async () => {
  const s = scene();
  s.pieces.started(root('told'));
  const inner = s.ran(120);
  s.pieces.told(inner);
  // a run around it
  s.pieces.told({ ...inner, startMs: inner.startMs - 1, durationMs: 121 });
  s.pass(99);
  await null;
  s.pieces.started(root('announced'));
  s.announced(500);
  s.pass(99);
  await null;
  s.pieces.started(root('own'));
  s.runs.discount(50);
  s.pass(149);
  await null;
  assert.deepEqual(s.told, []);
  s.pieces.started(root('rest'));
  s.pieces.told(s.ran(120));
  s.pass(100);
  await null;
  assert.deepEqual(s.told, ['rest 220']);
});

test('a run of no known task is told of as the piece inside it, where that is long enough', () => {
  const s = scene();
  assert.equal(s.pieces.covers(s.ran(200)), false, 'there is no piece');
  s.pieces.started(root('late'));
  assert.equal(s.pieces.covers(s.ran(99)), false, 'the run is inside the piece');
  const short = s.ran(0);
  assert.equal(s.pieces.covers({ ...short, startMs: short.startMs - 300 }), false, 'the piece is too short');
  const long = s.ran(1);
  assert.equal(s.pieces.covers({ ...long, startMs: long.startMs - 300 }), true);
});

import assert from 'node:assert/strict';
import test from 'node:test';
import { UNSEEN } from '../../../src/tasks/birth.js';
import { RETURNED } from '../../../src/tasks/function-task.js';
import { TaskRegistry } from '../../../src/tasks/registry.js';
import type { TaskScope } from '../../../src/tasks/task.js';

/** Compiled functions with beats; `reads` counts those of the real clock. */
function setUpPulse() {
  const state = { now: 0, reads: 0, asked: 0 };
  const tasks = new TaskRegistry(() => {
    state.reads++;
    return state.now;
  });
  tasks.setPulse({ ask: () => state.asked++ });
  const scope: TaskScope = {
    closed: false,
    timers: new Set(),
    added() {},
    ended: () => true,
    identity: () => undefined,
  };
  const calls = tasks.functionCalls;
  const words = calls.beats;
  const call = (ms: number) => {
    const task = calls.start({ scope, spanId: '' }, UNSEEN, undefined);
    state.now += ms;
    task.returned = RETURNED.YES;
    calls.end(task, true);
    return task;
  };
  return { state, tasks, words, call };
}

test('without beats each event reads the clock, and beats are asked for in a flood', () => {
  const { state, words, call } = setUpPulse();
  for (let i = 0; i < 10_000; i++) call(1);
  assert.deepEqual([state.reads, state.asked], [20_000, 0]);
  for (let i = 0; i < 10_000; i++) call(1 / 4_096);
  assert.deepEqual([state.reads, state.asked], [40_000, 1]);
  assert.deepEqual([...words], [0, 0]);
});

test('with beats the clock is read at each, and for a few events of those between', () => {
  const { state, words, call } = setUpPulse();
  for (let beat = 1; beat <= 100; beat++) {
    words[0] = beat;
    for (let i = 0; i < 1_600; i++) call(0);
  }
  assert.ok(state.reads <= 100 * (3_200 / 32 + 2), `${state.reads} readings`);
  assert.ok((words[1] as number) > 0, 'more beats are wanted');
  for (let beat = 101; beat <= 110; beat++) {
    words[0] = beat;
    for (let i = 0; i < 10; i++) call(0);
    // the first of them has seen what was between it and the one before
    if (beat === 101) words[1] = 0;
  }
  assert.equal(words[1], 0, 'no more beats are wanted');
});

test('a long run among beats is as long as it was, and so is one in a new turn of the loop', () => {
  const { state, tasks, words, call } = setUpPulse();
  const told: number[] = [];
  tasks.runs.watch(100, (_, run) => told.push(run.durationMs));
  words[0] = 1;
  for (let i = 0; i < 1_000; i++) call(0);
  const task = tasks.functionCalls.start(call(0).place, UNSEEN, undefined);
  state.now += 150;
  words[0] = 2;
  tasks.functionCalls.pause(task);
  assert.deepEqual(told, [150]);
  assert.equal(task.busyMs, 150);
  // the beats stand still, and the loop has waited
  state.now += 5_000;
  tasks.turn();
  const late = tasks.functionCalls.start(task.place, UNSEEN, undefined);
  assert.equal(late.startMs, 5_150);
  // the last beat was the last
  state.now += 110;
  words[0] = 0;
  tasks.functionCalls.pause(late);
  assert.deepEqual(told, [150, 110]);
});

test('beats that stand still while time goes by are none', () => {
  const { state, words, call } = setUpPulse();
  words[0] = 7;
  for (let i = 0; i < 100; i++) call(1);
  assert.equal(words[0], 0);
  const { startMs, endMs } = call(3);
  assert.deepEqual([startMs, endMs], [state.now - 3, state.now]);
});

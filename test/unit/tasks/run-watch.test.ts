import assert from 'node:assert/strict';
import test from 'node:test';
import { asExpectedWork } from '../../../src/base/expected-work.js';
import { TaskRegistry } from '../../../src/tasks/registry.js';
import type { SlowRun } from '../../../src/tasks/run-watch.js';
import type { Task, TaskScope } from '../../../src/tasks/task.js';

const scope: TaskScope = {
  closed: false,
  timers: new Set(),
  added() {},
  ended() {},
  identity: () => undefined,
};

let epoch = 0;

/** A registry on a clock and an execution id of its own; `told` reads like `outer 150` or `outer 150 (inner 90)`. */
function setUp(slowMs = 100) {
  // announced work is remembered for the whole thread: each test has a time of its own
  epoch += 1_000_000;
  const state = { now: epoch, execution: 1 };
  const clock = () => state.now;
  const tasks = new TaskRegistry(clock, () => state.execution);
  const told: string[] = [];
  const watch = (ms: number) =>
    tasks.runs.watch(ms, (task: Task | undefined, run: SlowRun) => {
      const other = run.busiest === task ? '' : ` (${run.busiest?.name ?? 'nobody'} ${run.busiestMs})`;
      told.push(`${task?.name ?? 'nobody'} ${run.durationMs}${other}`);
    });
  watch(slowMs);
  const make = (name: string) =>
    tasks.create({ scope, spanId: '' }, { kind: 'async_function', type: 'PROMISE', name, ownership: 'user' });
  const burn = (ms: number) => {
    state.now += ms;
  };
  return { state, clock, tasks, told, watch, make, burn };
}

test('a run is told of from the threshold on, to the millisecond, and each run by itself', () => {
  const { tasks, told, make, burn } = setUp();
  const task = make('task');
  for (const ms of [99, 100, 60, 60, 101]) {
    tasks.enter(task);
    burn(ms);
    tasks.leave(task);
    burn(500);
  }
  assert.deepEqual(told, ['task 100', 'task 101']);
  assert.equal(task.slowRuns?.length, 2);
});

test('the threshold changes while running', () => {
  const { tasks, told, make, burn, watch } = setUp();
  const task = make('task');
  tasks.resume(task);
  burn(50);
  watch(50);
  tasks.suspend();
  watch(51);
  tasks.resume(task);
  burn(50);
  tasks.suspend();
  assert.deepEqual(told, ['task 50']);
});

test('of nested runs the innermost that is too long is told of, one around it only for what is its own', () => {
  const { tasks, told, make, burn } = setUp();
  const outer = make('outer');
  const inner = make('inner');
  const nested = (before: number, within: number, after: number) => {
    tasks.resume(outer);
    burn(before);
    tasks.enter(inner);
    burn(within);
    tasks.leave(inner);
    burn(after);
    tasks.suspend();
  };
  nested(5, 150, 5);
  nested(60, 150, 60);
  assert.deepEqual(told, ['inner 150', 'inner 150', 'outer 270 (inner 150)']);
});

test('where no run inside is too long by itself, the longest of them is named', () => {
  const { tasks, told, make, burn } = setUp();
  const outer = make('outer');
  tasks.resume(outer);
  burn(10);
  for (const [name, ms] of [
    ['first', 40],
    ['second', 60],
  ] as const) {
    const inner = make(name);
    tasks.enter(inner);
    burn(ms);
    tasks.leave(inner);
  }
  tasks.suspend();
  assert.deepEqual(told, ['outer 110 (second 60)']);
});

test('a function whose end nobody saw is not charged with what came after it', () => {
  const { tasks, told, make, burn } = setUp();
  const caller = make('caller');
  const returned = make('returned');
  tasks.resume(caller);
  tasks.enter(returned);
  returned.entering = true;
  burn(1);
  burn(150);
  tasks.leaveReturned(() => false);
  tasks.suspend();
  assert.deepEqual(told, ['caller 151']);
});

test('what is left over from another execution has not been running since', () => {
  const { tasks, told, make, burn, state } = setUp();
  const task = make('task');
  tasks.enter(task);
  burn(10);
  state.execution = 2;
  burn(5_000);
  tasks.leave(task);
  assert.deepEqual(told, []);
});

test('a scope that was entered and left in the midst of a run takes nothing from it', () => {
  const { tasks, told, make, burn, state } = setUp();
  const timer = make('timer');
  const resource = make('resource');
  tasks.enter(timer);
  burn(1);
  state.execution = 2;
  tasks.enter(resource);
  burn(1);
  tasks.leave(resource);
  state.execution = 1;
  burn(148);
  tasks.leave(timer);
  assert.deepEqual(told, ['timer 150']);
});

test('a microtask of no known task is told of as such, without what it called', () => {
  const { tasks, told, make, burn } = setUp();
  tasks.resume(undefined);
  burn(120);
  tasks.suspend();
  tasks.resume(undefined);
  const called = make('called');
  tasks.enter(called);
  burn(130);
  tasks.leave(called);
  tasks.suspend();
  assert.deepEqual(told, ['nobody 120', 'called 130']);
});

test('announced work counts for nobody', () => {
  const { tasks, told, make, burn, clock } = setUp();
  const task = make('task');
  tasks.resume(task);
  burn(99);
  asExpectedWork(() => burn(500), clock);
  tasks.suspend();
  tasks.resume(task);
  burn(100);
  asExpectedWork(() => burn(500), clock);
  tasks.suspend();
  assert.deepEqual(told, ['task 100']);
});

test("the instrumentation's own work counts for nobody", () => {
  const { tasks, told, make, burn } = setUp();
  const task = make('task');
  tasks.resume(task);
  burn(104);
  tasks.discount(5);
  tasks.suspend();
  tasks.resume(task);
  burn(104);
  tasks.suspend();
  assert.deepEqual(told, ['task 104']);
});

test('a task keeps a few of its slow runs and counts the others; without a watch there are none', () => {
  const { tasks, told, make, burn } = setUp(1);
  const task = make('task');
  for (let i = 0; i < 25; i++) {
    tasks.resume(task);
    burn(2);
    tasks.suspend();
  }
  assert.equal(task.slowRuns?.length, 10);
  assert.equal(task.slowRunsFolded, 15);
  tasks.runs.unwatch();
  tasks.resume(task);
  burn(1_000);
  tasks.suspend();
  tasks.resume(undefined);
  burn(1_000);
  tasks.suspend();
  assert.equal(told.length, 25);
});

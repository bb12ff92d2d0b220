import assert from 'node:assert/strict';
import test from 'node:test';
import { UNSEEN } from '../../../src/tasks/birth.js';
import { TaskRegistry } from '../../../src/tasks/registry.js';
import { Task, type TaskScope } from '../../../src/tasks/task.js';

const scope = { timers: new Set(), added() {}, ended() {} } as Partial<TaskScope> as TaskScope;
const place = { scope, spanId: '' };

function world(withDrain = true) {
  const drains: (() => void)[] = [];
  const self = {
    now: 0,
    reads: 0,
    drains,
    task: (id: number) => new Task(id, UNSEEN, undefined, place, 0),
    running: undefined as unknown as TaskRegistry,
    run(task: Task | undefined, ms: number) {
      self.running.resume(task);
      self.now += ms;
      self.running.suspend();
    },
    drain() {
      for (const callback of drains.splice(0)) callback();
    },
  };
  const clock = () => {
    self.reads++;
    return self.now;
  };
  self.running = new TaskRegistry(
    clock,
    () => 1,
    withDrain ? (callback) => void drains.push(callback) : undefined,
  );
  return self;
}

test('where many runs follow each other, one reading of the clock closes one and opens the next', () => {
  const w = world();
  const tasks = [w.task(1), w.task(2)];
  for (let i = 0; i < 100; i++) w.run(tasks[i % 2], 2);
  assert.ok(w.reads <= 100 + 10, `${w.reads} readings for 100 runs`);
  w.drain();
  w.now += 1_000;
  assert.deepEqual([tasks[0]?.busyMs, tasks[1]?.busyMs], [100, 100]);
  assert.deepEqual([tasks[0]?.runs, tasks[1]?.runs], [50, 50]);
});

test('what the loop waits for after the last run is nobody’s time', () => {
  for (const withDrain of [true, false]) {
    const w = world(withDrain);
    const task = w.task(1);
    for (let turn = 0; turn < 20; turn++) {
      w.running.turn();
      for (let i = 0; i < 1 + turn; i++) w.run(task, 3);
      w.drain();
      w.now += 500;
    }
    assert.equal(task.busyMs, 3 * task.runs);
  }
});

test('short runs of one task in a row are timed together, and their sum is exact', () => {
  const w = world();
  const task = w.task(1);
  for (let i = 0; i < 1_000; i++) w.run(task, 0.125);
  w.drain();
  assert.equal(task.busyMs, 125);
  assert.equal(task.runs, 1_000);
  assert.ok(w.reads < 300, `${w.reads} readings`);
});

test('a long run is never timed together with the next', () => {
  const w = world();
  const task = w.task(1);
  for (let i = 0; i < 20; i++) w.run(task, 5);
  const before = w.reads;
  for (let i = 0; i < 20; i++) w.run(task, 5);
  assert.ok(w.reads - before >= 20);
});

test('a nested task interrupts the one around it', () => {
  const w = world();
  const [outer, inner] = [w.task(1), w.task(2)];
  w.running.resume(outer);
  w.now += 4;
  w.running.enter(inner);
  assert.equal(w.running.currentTask(), inner);
  w.now += 10;
  assert.equal(w.running.leave(inner), 14);
  w.now += 1;
  w.running.suspend();
  assert.deepEqual([outer.busyMs, inner.busyMs], [5, 10]);
  assert.equal(w.running.currentTask(), undefined);
});

test('a recent reading is not older than the callback it is asked in', () => {
  const w = world();
  assert.equal(w.running.recently, 0);
  w.now = 50;
  w.running.turn();
  assert.equal(w.running.recently, 50);
  w.now = 51;
  assert.equal(w.running.recently, 50);
  w.run(undefined, 100);
  assert.equal(w.running.recently, 151);
});

test('a callback that no task was made of is timed and recorded, and tasks inside it are told apart', () => {
  const w = world();
  const told: string[] = [];
  const recorded: string[] = [];
  w.running.runs.watch(100, (task, run) => told.push(`${task?.id} ${run.durationMs}`));
  w.running.recorder = {
    created() {},
    ended() {},
    failed() {},
    began: (_depth, task) => recorded.push(`began ${task.name}`),
    ran: (_depth, task, startMs, endMs) => recorded.push(`ran ${task.name} ${endMs - startMs}`),
  };
  w.running.turn();
  w.running.beginUnowned(7);
  w.now += 150;
  assert.equal(w.running.endUnowned(8), false, 'of another resource');
  assert.equal(w.running.endUnowned(7), true);
  assert.equal(w.running.endUnowned(7), false, 'over');
  assert.deepEqual(told, ['undefined 150']);
  assert.deepEqual(recorded, ['began TickObject', 'ran TickObject 150']);
  w.running.beginUnowned(9);
  const task = w.task(1);
  w.running.enter(task);
  w.now += 120;
  w.running.leave(task);
  w.now += 50;
  w.running.endUnowned(9);
  assert.deepEqual(told.slice(1), ['1 120']);
});

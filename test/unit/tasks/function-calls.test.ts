import assert from 'node:assert/strict';
import test from 'node:test';
import { UNSEEN } from '../../../src/tasks/birth.js';
import { type FunctionTask, RETURNED } from '../../../src/tasks/function-task.js';
import { emptyFlight } from '../../../src/tasks/recorder/flight-memory.js';
import { readFlight } from '../../../src/tasks/recorder/flight-reader.js';
import { TaskRegistry } from '../../../src/tasks/registry.js';
import type { SlowRun } from '../../../src/tasks/run-watch.js';
import { Task, type TaskScope } from '../../../src/tasks/task.js';

/** Compiled functions on a clock and in executions of the test's; `keep`: the scope holds on to what has ended. */
function setUp(keep = false) {
  const state = { now: 0, execution: 1 };
  const tasks = new TaskRegistry(
    () => state.now,
    () => state.execution,
  );
  const scope: TaskScope = {
    closed: false,
    timers: new Set(),
    added() {},
    ended: () => keep,
    identity: () => undefined,
  };
  const place = { scope, spanId: '' };
  const calls = tasks.functionCalls;
  return {
    state,
    tasks,
    place,
    calls,
    start: (above?: Task) => calls.start(place, UNSEEN, above),
    wait(task: FunctionTask) {
      task.waiting = true;
      calls.pause(task);
    },
    goOn(task: FunctionTask) {
      task.waiting = false;
      calls.resume(task);
    },
    end(task: FunctionTask) {
      task.returned = RETURNED.YES;
      calls.end(task, true);
    },
    burn(ms: number) {
      state.now += ms;
    },
  };
}

test('what is called is the child of what is running, and time is whose code runs', () => {
  const w = setUp(true);
  const outer = w.start();
  w.burn(1);
  const inner = w.start();
  w.burn(10);
  w.wait(inner);
  w.burn(2);
  w.wait(outer);
  w.burn(1_000);
  w.goOn(inner);
  w.burn(20);
  w.end(inner);
  w.burn(1_000);
  w.goOn(outer);
  w.burn(4);
  w.end(outer);
  assert.equal(inner.parent, outer);
  assert.deepEqual([inner.busyMs, inner.runs, inner.endMs], [30, 2, 1_033]);
  assert.deepEqual([outer.busyMs, outer.runs, outer.endMs], [7, 2, 2_037]);
  assert.equal(w.tasks.currentTask(), undefined);
});

test('a function that was resumed leaves nobody behind it', () => {
  const w = setUp(true);
  const outer = w.start();
  const inner = w.start();
  w.wait(inner);
  w.wait(outer);
  w.goOn(inner);
  assert.equal(w.tasks.currentTask(), inner);
  w.wait(inner);
  assert.equal(w.tasks.currentTask(), undefined);
  assert.equal(w.start().parent, undefined);
});

test('calls and resources inside each other are told apart', () => {
  const w = setUp(true);
  const [timer, resource] = [1, 2].map((id) => new Task(id, UNSEEN, undefined, w.place, 0));
  w.tasks.enter(timer as Task);
  w.burn(1);
  const outer = w.start();
  w.burn(2);
  w.tasks.enter(resource as Task);
  w.burn(4);
  const inner = w.start();
  w.burn(8);
  w.end(inner);
  w.tasks.leave(resource as Task);
  w.burn(16);
  w.end(outer);
  w.burn(32);
  w.tasks.leave(timer as Task);
  assert.deepEqual([outer.parent, inner.parent], [timer, resource]);
  assert.deepEqual(
    [timer, outer, resource, inner].map((task) => task?.busyMs),
    [33, 18, 4, 8],
  );
});

test('what was missed of another execution names no parent', () => {
  const w = setUp(true);
  const missed = w.start();
  w.state.execution = 2;
  assert.equal(w.tasks.currentTask(), undefined);
  const other = w.start();
  assert.equal(other.parent, undefined);
  w.end(other);
  w.state.execution = 1;
  assert.equal(w.tasks.currentTask(), missed);
});

test('a function whose callee never said that it ended ends all the same', () => {
  const w = setUp(true);
  const outer = w.start();
  w.start();
  w.burn(5);
  w.end(outer);
  assert.equal(outer.ended, true);
  assert.equal(w.tasks.currentTask(), undefined);
});

test('calls without an end are given up, however many there are', () => {
  const w = setUp(true);
  for (let i = 0; i < 100_000; i++) {
    w.state.execution = i;
    w.start();
  }
  const levels: number[] = [];
  w.calls.handOver((task) => levels.push(task.level));
  assert.ok(levels.length <= 513, `${levels.length} calls`);
});

test('a run that is too long is told of with what was busiest inside it, to the millisecond', () => {
  const w = setUp(true);
  const told: [Task | undefined, SlowRun][] = [];
  w.tasks.runs.watch(100, (task, run) => told.push([task, run]));
  const outer = w.start();
  w.burn(10);
  const quick = w.start();
  w.burn(40);
  w.end(quick);
  const busiest = w.start();
  w.burn(60);
  w.wait(busiest);
  w.wait(outer);
  w.burn(5_000);
  w.goOn(busiest);
  w.burn(99);
  w.wait(busiest);
  w.goOn(outer);
  w.burn(101);
  w.end(outer);
  assert.deepEqual(
    told.map(([task, run]) => [task, run.durationMs, run.busiest, run.busiestMs]),
    [
      [outer, 110, busiest, 60],
      [outer, 101, outer, 101],
    ],
  );
});

test('our own work within a run is nobody’s', () => {
  const w = setUp(true);
  const told: number[] = [];
  w.tasks.runs.watch(100, (_, run) => told.push(run.durationMs));
  const task = w.start();
  w.burn(110);
  w.tasks.discount(5);
  w.wait(task);
  assert.deepEqual(told, [105]);
  assert.equal(task.busyMs, 105);
});

test('a record is used again when nobody has it in mind, and is as new', () => {
  const w = setUp();
  const first = w.start();
  w.burn(3);
  w.wait(first);
  w.goOn(first);
  first.outcomeKnown = true;
  w.end(first);
  const { id } = first;
  const second = w.start();
  assert.equal(second, first);
  assert.equal(second.id, id + 1);
  const fresh = setUp(true).start();
  const facts = (task: FunctionTask) => ({ ...task, id: 0, startMs: 0, runStartMs: 0, place: 0 });
  assert.deepEqual(facts(second), facts(fresh));
});

test('a record that somebody may look at is never used again', () => {
  const w = setUp();
  const kept = new Set<FunctionTask>();
  const end = (task: FunctionTask) => {
    kept.add(task);
    w.end(task);
    assert.ok(!kept.has(w.start()));
  };
  // the parent of one that lives
  const parent = w.start();
  w.start();
  end(parent);
  // the parent of a task that is not a function's
  const maker = w.start();
  w.tasks.create(w.place, { kind: 'timer', type: 'Timeout', name: '', ownership: 'user' });
  end(maker);
  // what is told of
  w.tasks.runs.watch(100, () => {});
  const slow = w.start();
  w.burn(30);
  end(slow);
  const shown = w.start();
  shown.span = { traceId: '', spanId: '', traceFlags: 1 };
  end(shown);
  // what is not over
  const follows = w.start();
  kept.add(follows);
  follows.returned = RETURNED.MAYBE;
  w.calls.end(follows, true);
  assert.ok(!kept.has(w.start()));
});

test('a parent may be used again after its children, and they keep the parents they had', () => {
  const w = setUp();
  const parent = w.start();
  const child = w.start();
  w.wait(child);
  w.end(parent);
  const other = w.start();
  assert.notEqual(other, parent);
  assert.equal(child.parent, parent);
  w.wait(other);
  w.goOn(child);
  w.end(child);
  assert.equal(w.start(), child);
});

test('a recorder that is switched on while functions run tells of all that they do from then on', () => {
  const w = setUp();
  const { flight } = w.tasks;
  const told = () => {
    const { events, labels } = readFlight(flight.memory, 600, w.state.now);
    return events.map((event) => `${event.atMs} ${event.what} ${labels[event.label]?.type}`);
  };
  const outer = w.start();
  w.tasks.recorder = flight;
  w.burn(1);
  w.wait(outer);
  assert.deepEqual(told(), []);
  w.goOn(outer);
  w.burn(2);
  w.wait(outer);
  assert.deepEqual(told(), ['3 ran PROMISE']);
  // off and on again: what was is forgotten, the labels are not
  w.tasks.recorder = undefined;
  w.goOn(outer);
  w.wait(outer);
  emptyFlight(flight.memory);
  w.tasks.recorder = flight;
  assert.deepEqual(told(), []);
  w.goOn(outer);
  w.burn(4);
  w.end(outer);
  assert.deepEqual(told(), ['7 ran PROMISE', '7 ended PROMISE']);
});

test('the recorder is told of creation, runs and end', () => {
  const w = setUp();
  w.tasks.recorder = w.tasks.flight;
  const { memory } = w.tasks.flight;
  const outer = w.start();
  const ids = [outer.id, outer.id + 1];
  w.burn(1);
  const inner = w.start();
  assert.deepEqual(
    readFlight(memory, 600, w.state.now).running.map(({ task, parent, fromMs }) => [task, parent, fromMs]),
    [
      [ids[0], 0, 0],
      [ids[1], ids[0], 1],
    ],
  );
  w.burn(2);
  w.end(inner);
  w.wait(outer);
  w.burn(4);
  w.goOn(outer);
  w.burn(8);
  w.end(outer);
  const { events } = readFlight(memory, 600, w.state.now);
  const text = events.map(({ atMs, task, label, ...rest }) => `${atMs} ${task} ${JSON.stringify(rest)}`);
  assert.deepEqual(text, [
    `0 ${ids[0]} {"what":"created","parent":0}`,
    `1 ${ids[1]} {"what":"created","parent":${ids[0]}}`,
    `3 ${ids[1]} {"what":"ran","ms":2}`,
    `3 ${ids[1]} {"what":"ended","outcome":"fulfilled"}`,
    `3 ${ids[0]} {"what":"ran","ms":3}`,
    `15 ${ids[0]} {"what":"ran","ms":8}`,
    `15 ${ids[0]} {"what":"ended","outcome":"fulfilled"}`,
  ]);
});

import assert from 'node:assert/strict';
import test from 'node:test';
import { UNSEEN } from '../../../src/tasks/birth.js';
import { LiveTasks } from '../../../src/tasks/live-tasks.js';
import type { Place } from '../../../src/tasks/new-task.js';
import { Task } from '../../../src/tasks/task.js';

const place = { spanId: '' } as Place;

test('about a million live tasks are tracked, and no more until some have ended', () => {
  const live = new LiveTasks();
  const task = new Task(1, UNSEEN, undefined, place, 0);
  let created = 0;
  while (!live.full && created < 2_000_000) {
    live.created(task);
    created++;
  }
  assert.ok(created > 900_000 && created < 1_100_000, `${created}`);
  assert.ok(Math.abs(live.estimate - created) < 1_000);
  live.sweep();
  assert.equal(live.full, true);
  task.endMs = 1;
  live.sweep();
  assert.equal(live.full, false);
  assert.equal(live.estimate, 0);
});

test('tasks that end are not in the way of others, however many there were', () => {
  const live = new LiveTasks();
  const task = new Task(1, UNSEEN, undefined, place, 0);
  task.endMs = 1;
  for (let i = 0; i < 3_000_000; i++) live.created(task);
  assert.equal(live.full, false);
});

test('refusals are counted once', () => {
  const live = new LiveTasks();
  live.refused();
  live.refused();
  assert.deepEqual([live.takeRefused(), live.takeRefused()], [2, 0]);
});

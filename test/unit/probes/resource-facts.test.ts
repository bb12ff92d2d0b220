import assert from 'node:assert/strict';
import test from 'node:test';
import { isNodesTimer, isTold, nameOf, ownershipOf } from '../../../src/probes/resource-facts.js';
import { birthOf } from '../../../src/tasks/birth.js';
import { resourceKindOf } from '../../../src/tasks/kinds.js';
import { originOfResource } from '../../../src/tasks/origin.js';
import type { Site } from '../../../src/tasks/sites/site-table.js';
import { Task, type TaskOwnership, type TaskScope } from '../../../src/tasks/task.js';

function frame(origin: Site['origin'], file: string | null, functionName: string): Site {
  return { origin, file, functionName, line: 1, column: 1, definitionLine: 1, definitionColumn: 1 };
}
const node = (file: string, name: string) => frame('node', `node:${file}`, name);
const user = frame('user', '/app/a.js', 'handler');
const hook = node('internal/async_hooks', 'emitInitScript');
const nextTick = node('internal/process/task_queues', 'nextTick');

test('a tick is shown in debug mode where user code asked for it, by the name it asked with', () => {
  const kind = resourceKindOf('TickObject');
  const own = originOfResource([hook, nextTick, user], undefined);
  assert.equal(ownershipOf(kind, own, true), 'user');
  assert.equal(ownershipOf(kind, own, false), 'internal');
  assert.equal(nameOf('TickObject', kind, {}, own), 'process.nextTick');
  const write = node('internal/streams/writable', 'write');
  const onTheWay = originOfResource([hook, nextTick, write, user], undefined);
  assert.equal(onTheWay.ownership, 'user');
  assert.equal(ownershipOf(kind, onTheWay, true), 'internal');
  assert.equal(nameOf('TickObject', kind, {}, onTheWay), 'TickObject');
});

test('who set a timer stands right below what makes timers', () => {
  const made = [hook, node('internal/timers', 'initAsyncResource'), node('internal/timers', 'Timeout')];
  const rearmed = [
    hook,
    node('internal/timers', 'initAsyncResource'),
    node('internal/timers', 'unrefActive'),
  ];
  assert.equal(isNodesTimer([...rearmed, node('net', '_unrefTimer'), user]), true);
  assert.equal(isNodesTimer([...made, node('timers', 'setTimeout'), user]), false);
  assert.equal(isNodesTimer([...made, node('timers/promises', 'setTimeout'), user]), false);
  assert.equal(isNodesTimer([...made, node('timers', 'setTimeout'), frame('library', '/l.js', 'f')]), false);
  assert.equal(isNodesTimer([...rearmed, node('timers', 'refresh'), frame('builtin', null, 'map')]), false);
  assert.equal(isNodesTimer([]), false);
});

test('what nobody is told of causes nothing that is told, unless it stands inside something that is', () => {
  const place = { scope: {} as TaskScope, spanId: '' };
  const task = (ownership: TaskOwnership, parent?: Task, site?: Site) =>
    new Task(1, birthOf({ kind: 'io', type: 'TCPWRAP', name: '', ownership, site }), parent, place, 0);
  assert.equal(isTold(undefined), false);
  assert.equal(isTold(task('internal', task('internal'))), false);
  assert.equal(isTold(task('internal', task('user'))), true);
  assert.equal(isTold(task('internal', task('provisional'))), true);
  assert.equal(isTold(task('internal', undefined, user)), true);
});

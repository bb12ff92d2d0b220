import assert from 'node:assert/strict';
import test from 'node:test';
import { describeSketch, describeTask, sketchTask, type TaskSketch } from '../../../src/tasks/description.js';
import { NOBODY } from '../../../src/tasks/nobody.js';
import { TaskRegistry } from '../../../src/tasks/registry.js';
import { siteOfPlain } from '../../../src/tasks/sites/site-table.js';
import { locationOf } from '../../../src/tasks/sites/source-maps.js';

test('a task is described by another thread as by its own, whatever was known of its places before', () => {
  const frame = { functionName: '', scriptName: '/nowhere/app.js', columnNumber: 3 };
  const site = siteOfPlain({ ...frame, lineNumber: 30 });
  const definition = {
    ...siteOfPlain({ ...frame, lineNumber: 13 }),
    definitionLine: 12,
    definitionColumn: 5,
  };
  const task = new TaskRegistry().create(NOBODY.place, {
    kind: 'async_function',
    type: 'PROMISE',
    name: '',
    ownership: 'user',
    site,
    definition,
  });
  const told = () => describeSketch(JSON.parse(JSON.stringify(sketchTask(task))) as TaskSketch);
  const before = told();
  assert.equal(before.name, 'anonymous (app.js:12)');
  for (const place of [site, definition]) locationOf(place);
  assert.deepEqual(told(), before);
  assert.deepEqual(told(), describeTask(task));
});

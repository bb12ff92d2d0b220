/** Timers that go on or were cleared, what is put off, and the words for it, as a reader of the trace expects them. */
import assert from 'node:assert/strict';
import { randomBytes, sign } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { mkdtempSync, readFile, rmSync, stat, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after } from 'node:test';
import { setInterval as every, setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { startKit, type TaskTree } from '../support/trace-kit.js';

const folder = mkdtempSync(join(tmpdir(), 'timers-'));
const kit = startKit({ spans: { minDurationMs: 0, maxPerTrace: 10_000 }, syncIo: { enabled: true } });
after(async () => {
  await kit.stop();
  rmSync(folder, { recursive: true });
});

const count = (tree: TaskTree, name: string) => tree.tasks.filter((task) => task.name === name).length;
const outcomes = (tree: TaskTree, name: string) =>
  tree.tasks.filter((task) => task.name === name).map((task) => task.attributes['async.task.outcome']);

test('a timer that refreshes itself in its callback goes on, and what a later run starts is below it', async () => {
  const tree = await kit.trace(async function caller() {
    await new Promise<void>((resolve) => {
      let beats = 0;
      const timer = setTimeout(function beat() {
        if (++beats < 4) timer.refresh();
        else setImmediate(resolve);
      }, 5);
    });
  });
  const timer = tree.named('setTimeout');
  assert.equal(timer.attributes['async.task.runs'], 4, tree.outline());
  assert.equal(timer.attributes['async.task.outcome'], 'completed');
  assert.ok(tree.path(tree.named('setImmediate')).endsWith('setTimeout > setImmediate'), tree.outline());
});

test('timers that were cleared are told as that, however many there were at once', async () => {
  const longest = 20_000;
  const tree = await kit.trace(async function caller() {
    const timers = Array.from({ length: 200 }, () => setTimeout(() => {}, longest));
    await sleep(2);
    for (const timer of timers) clearTimeout(timer);
    await sleep(50);
  });
  const told = tree.tasks.filter(({ attributes }) => attributes['async.task.outcome'] === 'cleared');
  assert.equal(told.length, 200, tree.outline());
  assert.deepEqual(new Set(outcomes(tree, 'setTimeout')), new Set(['cleared', 'completed']));
});

test('what a microtask or a tick starts is below the function that put it off', async () => {
  for (const putOff of [queueMicrotask, process.nextTick]) {
    const tree = await kit.trace(async function caller() {
      putOff(async function work() {
        await sleep(2);
      });
      await sleep(10);
    });
    assert.match(tree.path(tree.named('work')), /caller > work$/, tree.outline());
  }
});

test('an interval of node:timers/promises is a timer of the loop that waits for it', async () => {
  const tree = await kit.trace(async function caller() {
    let ticks = 0;
    for await (const _ of every(2)) if (++ticks === 3) break;
  });
  assert.match(tree.path(tree.named('setInterval')), /caller > setInterval$/, tree.outline());
});

test('calls of crypto with a callback are told, and called as they were called', async () => {
  const key =
    '-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIHLcOcYvBpHXF2oj9nmpcmsv0KbS6e1fMTFNbgkPZgXo\n-----END PRIVATE KEY-----';
  const tree = await kit.trace(async function caller() {
    await new Promise((resolve) => randomBytes(100_000, resolve));
    await new Promise((resolve) => sign(null, Buffer.from('text'), key, resolve));
  });
  assert.equal(count(tree, 'crypto.randomBytes'), 1, tree.outline());
  assert.equal(count(tree, 'crypto.sign'), 1, tree.outline());
  assert.equal(count(tree, 'new Promise'), 0, tree.outline());
});

test('a promise has the word of what its executor starts only where it is no more than that', async () => {
  const guarded = await kit.trace(async function caller() {
    const source = new EventEmitter();
    setImmediate(() => source.emit('done'));
    await new Promise<void>((resolve, reject) => {
      const guard = setTimeout(() => reject(new Error('too late')), 5_000);
      source.once('done', () => {
        clearTimeout(guard);
        resolve();
      });
    });
  });
  assert.equal(count(guarded, 'new Promise'), 1, guarded.outline());
  assert.deepEqual(outcomes(guarded, 'setTimeout'), ['cleared']);

  const file = join(folder, 'text');
  writeFileSync(file, 'x'.repeat(1_000_000));
  const twice = await kit.trace(async function caller() {
    await new Promise<void>((resolve) => stat(file, () => readFile(file, () => setTimeout(resolve, 5))));
  });
  assert.equal(count(twice, 'fs.stat'), 1, twice.outline());
  assert.equal(count(twice, 'new Promise'), 1, twice.outline());
});

test('a module with a top-level await is the import of it, and nothing that never ends', async () => {
  const module = join(folder, 'slow.mjs');
  writeFileSync(module, 'await new Promise((resolve) => setTimeout(resolve, 5));\nexport default 1;\n');
  const tree = await kit.trace(async function caller() {
    await import(pathToFileURL(module).href);
    await sleep(5);
  });
  assert.ok(
    !tree.tasks.some(({ attributes }) => attributes['async.task.outcome'] === 'pending'),
    tree.outline(),
  );
  assert.equal(count(tree, 'import'), 1, tree.outline());
});

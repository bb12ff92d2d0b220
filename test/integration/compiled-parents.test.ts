import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mapLocation } from '../../src/tasks/sites/source-maps.js';
import { parseStack } from '../../src/tasks/sites/stack-text.js';
import { CompiledTasks, chainOf, load, siteLine, waitLine } from '../support/compiled-program.js';
import { nextTurn } from '../support/delays.js';

const CALLS = 10_000;

test('beside busy request handlers, calls from a bare timer have no parent, and the handlers have theirs', async (t) => {
  const tasks = new CompiledTasks();
  t.after(() => tasks.stop());
  const program = await load<{ run(calls: number): Promise<void> }>(`
    import { setImmediate as turn } from 'node:timers/promises';
    async function query() { await turn(); await null; return 1; }
    async function handler() {
      for (let i = 0; i < 5; i++) { await query(); await Promise.all([query(), query()]); }
    }
    async function poll() { await null; await turn(); }
    export async function run(calls) {
      let busy = true;
      const workers = [1, 2, 3].map(async function worker() { while (busy) await handler(); });
      await new Promise((resolve) => {
        let called = 0;
        const timer = setInterval(() => {
          for (let i = 0; i < 100; i++) { poll(); queueMicrotask(() => poll()); Promise.resolve().then(() => void poll()); }
          called += 300;
          if (called >= calls) { clearInterval(timer); resolve(); }
        }, 1);
      });
      busy = false;
      await Promise.all(workers);
    }
  `);
  await program.run(CALLS);
  // the last calls take a turn of the loop, and nobody waits for them
  await nextTurn();
  const polls = tasks.named('poll');
  assert.ok(polls.length >= CALLS, `${polls.length} calls`);
  assert.equal(polls.filter((poll) => poll.parent !== undefined).length, 0, 'wrong parents');
  const queries = tasks.named('query');
  assert.ok(queries.length > 100);
  for (const query of queries) assert.deepEqual(chainOf(query), ['handler', 'worker', 'run']);
  assert.ok(tasks.all.every((task) => task.ended && task.outcome === 'fulfilled' && task.outcomeKnown));
});

test('creation lines, wait lines and parents', async (t) => {
  const tasks = new CompiledTasks();
  t.after(() => tasks.stop());
  const { main } = await load<{
    main(): Promise<void>;
  }>(`import { setTimeout as sleep } from 'node:timers/promises';
async function leaf() {
  await sleep(1);
}
function helper() {
  return leaf();
}
async function main() {
  await leaf();
  await Promise.all([
    leaf(),
    helper(),
  ]);
  await [1, 2].map(
    () => leaf(),
  ).at(-1);
  try {
    await fail();
  } catch {
    await leaf();
  } finally {
    await leaf();
  }
  for await (const x of items()) {
    await leaf();
  }
  return leaf();
}
async function fail() {
  await null;
  throw new Error('x');
}
async function* items() {
  yield 1;
  await leaf();
  yield* more();
}
async function* more() {
  await leaf();
  yield 2;
}
export { main };
`);
  await main();
  // who awaits goes on first
  await new Promise(setImmediate);
  const lines = (name: string) => tasks.named(name).map(siteLine);
  const inside = (name: string) => tasks.named(name).map((task) => chainOf(task).join());
  assert.deepEqual(lines('leaf'), [9, 11, 6, 15, 15, 20, 22, 25, 35, 39, 25, 27]);
  assert.deepEqual(inside('leaf'), [
    ...Array(8).fill('main'),
    'items,main',
    'more,items,main',
    'main',
    'main',
  ]);
  assert.deepEqual(lines('items'), [24]);
  assert.deepEqual(inside('items'), ['main']);
  assert.deepEqual(lines('more'), [36]);
  assert.deepEqual(inside('more'), ['items,main']);
  const [mainTask] = tasks.named('main');
  assert.equal(mainTask?.outcome, 'fulfilled');
  assert.equal(mainTask && waitLine(mainTask), 27, 'it waits for what it returned');
  const [failed] = tasks.named('fail');
  assert.deepEqual([failed?.outcome, failed?.outcomeKnown], ['rejected', true]);
});

test('a function that never settles waits at its line, and its task is let go of with it', async (t) => {
  const tasks = new CompiledTasks();
  t.after(() => tasks.stop());
  const { hang } = await load<{ hang(): Promise<void> }>(`export async function hang() {
    await null;
    await new Promise(() => {});
  }`);
  void hang();
  await new Promise(setImmediate);
  const [task] = tasks.named('hang');
  assert.ok(task !== undefined);
  assert.deepEqual([task.waiting, task.ended], [true, false]);
  assert.equal(waitLine(task), 3);
});

test('an error that nobody handled finds the function it came out of last, and only that', async (t) => {
  const tasks = new CompiledTasks();
  t.after(() => tasks.stop());
  const { main } = await load<{ main(): Promise<Promise<void>[]> }>(`async function fails() {
  await null;
  throw new Error('boom');
}
async function outer() {
  await fails();
}
class Service { async call() { await outer(); } }
export async function main() {
  const handled = fails().catch(() => {});
  const lost = [outer(), new Service().call()];
  await handled;
  return lost;
}`);
  const lost = await main();
  const told = await Promise.all(
    lost.map((promise) =>
      promise.then(
        () => undefined,
        (error: Error) => ({
          promise,
          frames: parseStack(error.stack ?? '').map((frame) => mapLocation(frame)),
        }),
      ),
    ),
  );
  const describe = (index: number) => {
    const { promise, frames } = told[index] as { promise: object; frames: ReturnType<typeof parseStack> };
    const task = tasks.registry.describeRejection(promise, frames);
    return task && [task.name, task.site?.line, ...task.chain.map((step) => step.split(' ')[0])];
  };
  assert.deepEqual(describe(1), ['call', 11, 'main']);
  assert.equal(tasks.registry.describeRejection({}, []), undefined);
  // two calls of `outer` were rejected, from different lines: no telling which this one was
  assert.equal(describe(0), undefined);
  assert.equal(
    tasks.registry.describePromise(lost[1] as object)?.name,
    'call',
    'remembered for what follows',
  );
});

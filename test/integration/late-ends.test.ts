/** In debug mode: a task that ends after its trace is told of once it is known how it ended. */
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { type LogKit, startLogKit } from '../support/log-kit.js';
import { startKit, type TraceKit } from '../support/trace-kit.js';

const EVENT = 'async.task.settled_late';
let logs: LogKit;
let kit: TraceKit;
before(() => {
  logs = startLogKit();
  kit = startKit({ debug: true });
});
after(async () => {
  await kit.stop();
  await logs.stop();
});

test('fulfilled, rejected, completed', async () => {
  let go = (): void => {};
  const gate = new Promise<void>((resolve) => {
    go = resolve;
  });
  async function succeeds(): Promise<string> {
    await gate;
    return 'done';
  }
  async function fails(): Promise<never> {
    await gate;
    throw new Error('late');
  }
  async function returns(): Promise<never> {
    return fails();
  }
  const all: Promise<unknown>[] = [];
  const tree = await kit.trace(() => {
    all.push(succeeds(), fails(), returns());
    setTimeout(() => {}, 20);
  });
  const settled = Promise.allSettled(all);
  go();
  await settled;
  const records = await logs.until(EVENT, 5);
  const told = records.map(({ body, attributes }) => [
    String(body).replace(' was still pending when its trace ended, and is', ''),
    attributes['async.task.outcome'],
  ]);
  assert.deepEqual(told.sort(), [
    ['fails rejected now.', 'rejected'],
    ['fails rejected now.', 'rejected'],
    ['returns rejected now.', 'rejected'],
    ['setTimeout completed now.', 'completed'],
    ['succeeds fulfilled now.', 'fulfilled'],
  ]);
  const ids = tree.tasks.map((span) => span.attributes['async.task.id']);
  for (const { attributes, spanContext } of records) {
    assert.ok(ids.includes(attributes['async.task.id'] as number));
    assert.equal(spanContext?.traceId, tree.root.spanContext().traceId);
  }
});

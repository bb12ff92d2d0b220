import assert from 'node:assert/strict';
import test from 'node:test';
import { startKit } from '../support/trace-kit.js';

async function step(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 2));
}

async function work(): Promise<void> {
  await step();
  await Promise.all([step(), step()]);
}

test('wherever the budget for sites ends, a promise is never told in place of the timer that it waits for', async () => {
  const told = new Set<string>();
  for (let sitesPerSecond = 1; sitesPerSecond <= 30; sitesPerSecond++) {
    const kit = startKit({ sitesPerSecond });
    const tree = await kit.trace(work);
    await kit.stop();
    for (const { name } of tree.tasks) told.add(name);
  }
  assert.deepEqual([...told].sort(), ['Promise.all', 'setTimeout', 'step', 'work']);
});

/** Bytes of heap that one pending async call holds, of 200,000. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { report } from '../measure.js';

const CALLS = Number(process.env.BENCH_CALLS ?? 200_000);
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
/** What is waited for stays reachable, or the calls would be lost and collected. */
const resolvers: (() => void)[] = [];
const calls: Promise<void>[] = [];

async function waits(): Promise<void> {
  await new Promise<void>((resolve) => resolvers.push(resolve));
}

async function heap(): Promise<number> {
  for (let i = 0; i < 3; i++) {
    collect();
    await new Promise((resolve) => setImmediate(resolve));
  }
  return process.memoryUsage().heapUsed;
}

for (let i = 0; i < 10_000; i++) calls.push(waits());
const before = await heap();
for (let i = 0; i < CALLS; i++) calls.push(waits());
const after = await heap();
if (calls.length + resolvers.length !== 2 * (CALLS + 10_000)) throw new Error('nothing may be collected');
report((after - before) / CALLS);

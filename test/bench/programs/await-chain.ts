/** Three async calls and five awaits an operation, nothing else. Prints nanoseconds an operation. */
import { applyMode } from '../mode.js';

applyMode();

async function leaf(i: number): Promise<number> {
  await null;
  return i;
}

async function mid(i: number): Promise<number> {
  return (await leaf(i)) + (await leaf(i + 1));
}

async function run(operations: number): Promise<number> {
  let sum = 0;
  for (let i = 0; i < operations; i++) sum += await mid(i);
  return sum;
}

const OPERATIONS = 50_000;
await run(20_000);
const samples: number[] = [];
for (let round = 0; round < 7; round++) {
  const start = process.hrtime.bigint();
  await run(OPERATIONS);
  samples.push(Number(process.hrtime.bigint() - start) / OPERATIONS);
}
samples.sort((a, b) => a - b);
console.log(JSON.stringify({ value: samples[3] }));

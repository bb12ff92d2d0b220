/** Three async calls and five awaits an operation, nothing else. */
import { measure } from '../measure.js';

async function leaf(i: number): Promise<number> {
  await null;
  return i;
}

async function mid(i: number): Promise<number> {
  return (await leaf(i)) + (await leaf(i + 1));
}

await measure(async (operations) => {
  let sum = 0;
  for (let i = 0; i < operations; i++) sum += await mid(i);
  return sum;
});

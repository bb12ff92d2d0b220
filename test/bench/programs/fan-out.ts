/** Async calls awaited together by a hundred with `Promise.all`. */
import { measure } from '../measure.js';

async function one(i: number): Promise<number> {
  await null;
  return i;
}

await measure(async (calls) => {
  let sum = 0;
  for (let done = 0; done < calls; done += 100) {
    const all = await Promise.all(Array.from({ length: Math.min(100, calls - done) }, (_, i) => one(i)));
    sum += all.length;
  }
  return sum;
});

/** Timers and immediates, a thousand at a time, each with a promise that waits for it. */
import { measure } from '../measure.js';

const timeout = () => new Promise<void>((resolve) => setTimeout(resolve, 0));
const immediate = () => new Promise<void>((resolve) => setImmediate(resolve));

await measure(async (count) => {
  for (let done = 0; done < count; done += 1_000) {
    const length = Math.min(1_000, count - done);
    await Promise.all(Array.from({ length }, (_, i) => (i % 2 === 0 ? timeout() : immediate())));
  }
});

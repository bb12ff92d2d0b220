/** Within a benchmarked process: how long an operation takes. */

/** Long enough for the compiler, and for what debug mode has saved up of creation sites. */
const WARM_MS = 800;
const MEASURED_MS = Number(process.env.BENCH_MS ?? 1_000);
const LEAST_BATCHES = 3;

/**
 * Runs `batch(size)` for about a second after a warm-up, each batch some ten milliseconds, and prints the median time
 * of an operation in nanoseconds.
 */
export async function measure(batch: (size: number) => Promise<unknown>): Promise<void> {
  let size = 1;
  const started = performance.now();
  while (performance.now() - started < WARM_MS) {
    const took = await time(batch, size);
    if (took < 10) size *= 2;
  }
  const each: number[] = [];
  const from = performance.now();
  while (performance.now() - from < MEASURED_MS || each.length < LEAST_BATCHES) {
    each.push(((await time(batch, size)) / size) * 1e6);
  }
  each.sort((a, b) => a - b);
  report(each[each.length >> 1] as number);
}

async function time(batch: (size: number) => Promise<unknown>, size: number): Promise<number> {
  const from = performance.now();
  await batch(size);
  return performance.now() - from;
}

/** The figure of this process, for the runner. */
export function report(value: number): void {
  process.stdout.write(`${JSON.stringify({ value })}\n`, () => process.exit(0));
}

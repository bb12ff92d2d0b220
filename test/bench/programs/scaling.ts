/**
 * Prints what so many tasks cost, as `[[x, ms], ...]`: `created`, the milliseconds that x async calls take one after
 * the other; `alive`, those of 20,000 calls while x others are pending.
 */
const [what, ...counts] = process.argv.slice(2);
const resolvers: (() => void)[] = [];

async function leaf(i: number): Promise<number> {
  await null;
  return i;
}

async function pending(): Promise<void> {
  await new Promise<void>((resolve) => resolvers.push(resolve));
}

async function chain(calls: number): Promise<number> {
  const from = performance.now();
  for (let i = 0; i < calls; i++) await leaf(i);
  return performance.now() - from;
}

const middleOf = async (run: () => Promise<number>) => {
  const values: number[] = [];
  for (let i = 0; i < 3; i++) values.push(await run());
  return values.sort((a, b) => a - b)[1] as number;
};

for (let i = 0; i < 20; i++) await chain(10_000);
const points: [number, number][] = [];
for (const count of counts.map(Number)) {
  if (what === 'alive') while (resolvers.length < count) void pending();
  points.push([count, await middleOf(() => chain(what === 'alive' ? 20_000 : count))]);
}
process.stdout.write(`${JSON.stringify(points)}\n`, () => process.exit(0));

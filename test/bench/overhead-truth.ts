/**
 * `npm run bench:truth`: is `async.self.overhead` true? An await chain without and with debug mode in one process; what
 * the instrumentation says it cost against what it really did, as shares of the processor time used. Half a minute.
 */
import { resolveOptions } from '../../src/config/resolve.js';
import { Runtime } from '../../src/runtime.js';
import { median } from './figures.js';

const OPERATIONS = 120_000;
const CALIBRATING_MS = 8_000;

async function leaf(i: number): Promise<number> {
  await null;
  return i;
}

async function chain(operations: number): Promise<void> {
  for (let i = 0; i < operations; i++) await leaf(i);
}

function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

async function timed(): Promise<number> {
  const from = processorMs();
  await chain(OPERATIONS);
  return processorMs() - from;
}

await chain(OPERATIONS);
const bare: number[] = [];
for (let i = 0; i < 7; i++) bare.push(await timed());
const runtime = new Runtime();
runtime.apply(
  resolveOptions({
    debug: true,
    overheadBudget: 1,
    watchdog: { enabled: false },
    eventLoop: { enabled: false },
    // the rare looks are timed, and not in question
    sitesPerSecond: 20,
  }),
);
const until = performance.now() + CALIBRATING_MS;
while (performance.now() < until) {
  await chain(10_000);
  await new Promise((resolve) => setTimeout(resolve, 1));
}
const [said, real]: [number[], number[]] = [[], []];
for (let i = 0; i < 9; i++) {
  const before = runtime.cost.totalMs;
  const ms = await timed();
  said.push((runtime.cost.totalMs - before) / ms);
  real.push(1 - median(bare) / ms);
}
runtime.apply(undefined);
const text = (values: number[]) =>
  `${median(values).toFixed(2)} (${Math.min(...values).toFixed(2)}–${Math.max(...values).toFixed(2)})`;
console.log(`Node ${process.versions.node}, share of processor time: said ${text(said)}, real ${text(real)}`);

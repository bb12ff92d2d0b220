/**
 * What one capture costs: `npm run bench:capture`. Nanoseconds, medians of rounds that alternate between the arms; the
 * ratio is to what V8 takes by itself.
 */
import * as util from 'node:util';
import { captureFrames } from '../../src/tasks/sites/capture.js';

const ROUNDS = 7;
const CAPTURES = 4_000;
const { captureStackTrace } = Error;
const { getCallSites } = util as { getCallSites?(count: number, options: object): unknown };
const holder: { stack?: unknown } = {};
const ignore = () => undefined;
let sink: unknown;

function bare(depth: number): void {
  const { prepareStackTrace, stackTraceLimit } = Error;
  Error.stackTraceLimit = depth;
  Error.prepareStackTrace = ignore;
  captureStackTrace(holder, bare);
  sink = holder.stack;
  Error.stackTraceLimit = stackTraceLimit;
  Error.prepareStackTrace = prepareStackTrace;
}

function text(depth: number): void {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = depth;
  captureStackTrace(holder, text);
  sink = holder.stack;
  Error.stackTraceLimit = stackTraceLimit;
}

function ours(depth: number): void {
  sink = captureFrames(ours, depth);
}

const ARMS: [name: string, capture: (depth: number) => void][] = [
  ['V8, frames not read', bare],
  ['captureFrames', ours],
  ['err.stack as text', text],
];
if (getCallSites)
  ARMS.push(['util.getCallSites', (depth) => (sink = getCallSites(depth, { sourceMap: false }))]);

/** A stack deep enough, with the work at its end. */
function below(frames: number, work: () => void): number {
  if (frames === 0) {
    work();
    return 0;
  }
  return below(frames - 1, work) + 1;
}

function nanosecondsEach(capture: (depth: number) => void, depth: number): number {
  const start = process.cpuUsage();
  below(40, () => {
    for (let i = 0; i < CAPTURES; i++) capture(depth);
  });
  const { user, system } = process.cpuUsage(start);
  return ((user + system) * 1_000) / CAPTURES;
}

const rows = [1, 4, 12, 30].map((depth) => {
  const times = ARMS.map(() => [] as number[]);
  for (let round = -2; round < ROUNDS; round++) {
    for (const [arm, [, capture]] of ARMS.entries()) {
      const time = nanosecondsEach(capture, depth);
      if (round >= 0) times[arm]?.push(time);
    }
  }
  const medians = times.map((all) => all.sort((a, b) => a - b)[ROUNDS >> 1] as number);
  const cells = ARMS.map(([name], arm) => {
    const time = medians[arm] as number;
    return [name, `${time.toFixed(0)} ns (${(time / (medians[0] as number)).toFixed(2)})`];
  });
  return { frames: depth, ...Object.fromEntries(cells) };
});
console.log(`Node ${process.versions.node}, CPU time of one capture`);
console.table(rows);
if (sink === holder) throw new Error('unreachable: keeps the captures from being optimised away');

import { performance } from 'node:perf_hooks';
import { type Clock, monotonic } from '../base/clock.js';
import { TURNS_WHILE_LOADING } from '../base/entry.js';
import { process } from '../base/process.js';
import { timers } from '../base/timers.js';

/** What the event loop probe reads from Node; tests bring their own. Milliseconds. */
export interface LoopPlatform {
  now: Clock;
  /** How long the loop has slept so far, in all. */
  idleTime(): number;
  /** How many I/O events the loop has handled so far. */
  ioEvents(): number;
  /** What the thread had of a processor so far; where Node cannot tell that (before 24), the process. */
  processorTime(): number;
  /** Whether the entry module has been left. `undefined`: the platform cannot tell. */
  entered(): boolean | undefined;
  setTimeout(callback: () => void, ms: number): NodeJS.Timeout;
  clearTimeout(timer: NodeJS.Timeout | undefined): void;
  setImmediate(callback: () => void): NodeJS.Immediate;
  clearImmediate(immediate: NodeJS.Immediate | undefined): void;
}

type Newer<Process> = Process & { threadCpuUsage?: NodeJS.Process['cpuUsage'] };

const { nodeTiming } = performance;
const { cpuUsage, threadCpuUsage = cpuUsage } = process as Newer<NodeJS.Process>;
const processorUsage = threadCpuUsage.bind(process);

export const nodeLoop: LoopPlatform = {
  now: monotonic,
  idleTime: () => nodeTiming.idleTime,
  ioEvents: () => nodeTiming.uvMetricsInfo.events,
  processorTime() {
    const { user, system } = processorUsage();
    return (user + system) / 1_000;
  },
  // where it does not turn the entry is left before the first turn, unless a loader works beside the thread: nothing tells
  // of that
  entered: () => !TURNS_WHILE_LOADING || process.mainModule?.loaded,
  ...timers,
};

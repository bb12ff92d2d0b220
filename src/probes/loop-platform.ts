import { performance } from 'node:perf_hooks';
import { type Clock, monotonic } from '../base/clock.js';
import { process } from '../base/process.js';
import { timers } from '../base/timers.js';

/** What the event loop probe reads from Node; tests bring their own. Milliseconds. */
export interface LoopPlatform {
  now: Clock;
  /** How long the loop has slept so far, in all. */
  idleTime(): number;
  /** How many I/O events the loop has handled so far. */
  ioEvents(): number;
  /** Whether the entry module has been left. `undefined`: the platform cannot tell. */
  entered(): boolean | undefined;
  setTimeout(callback: () => void, ms: number): NodeJS.Timeout;
  clearTimeout(timer: NodeJS.Timeout | undefined): void;
  setImmediate(callback: () => void): NodeJS.Immediate;
  clearImmediate(immediate: NodeJS.Immediate | undefined): void;
}

const { nodeTiming } = performance;
const turnsWhileLoading = process.version.startsWith('v20.');

export const nodeLoop: LoopPlatform = {
  now: monotonic,
  idleTime: () => nodeTiming.idleTime,
  ioEvents: () => nodeTiming.uvMetricsInfo.events,
  // Until Node 22 the loop turns while an ES module is loaded as entry; else the entry is left before the first turn.
  entered: () => !turnsWhileLoading || process.mainModule?.loaded,
  ...timers,
};

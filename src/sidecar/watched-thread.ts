import { getEnvironmentData, setEnvironmentData, threadId } from 'node:worker_threads';
import { asExpectedWork } from '../base/expected-work.js';
import { attempt } from '../base/guard.js';
import { observeEmit } from '../probes/process-emit.js';
import type { Stop } from '../types.js';
import { Heartbeat } from './heartbeat.js';
import { claimRow, releaseRow, releaseThread, type SharedMemory } from './shared-memory.js';

const KEY = 'opentelemetry-instrumentation-async.sidecar';

let current: Heartbeat | undefined;

/** Threads that are started from now on find the memory. */
export function publishMemory(memory: SharedMemory | undefined): void {
  setEnvironmentData(KEY, memory);
}

export function inheritedMemory(): SharedMemory | undefined {
  const memory = getEnvironmentData(KEY) as SharedMemory | undefined;
  return memory?.words instanceof Int32Array ? memory : undefined;
}

/** Has this thread watched. `undefined`: there are too many already. */
export function watchThisThread(memory: SharedMemory, intervalMs: number): Heartbeat | undefined {
  const row = claimRow(memory, threadId);
  if (row === undefined) return undefined;
  current = new Heartbeat(memory, row);
  current.start(intervalMs);
  return current;
}

export function unwatchThisThread(heartbeat: Heartbeat): void {
  heartbeat.stop();
  releaseRow(heartbeat.memory, heartbeat.row);
  if (current === heartbeat) current = undefined;
}

/** Threads that were terminated say nothing: their parent frees their rows. */
export function followWorkers(memory: SharedMemory): Stop {
  const started = (worker: { threadId: number; once(event: 'exit', callback: () => void): unknown }) => {
    const { threadId: id } = worker;
    worker.once('exit', () => releaseThread(memory, id));
  };
  const before = (_event: string, [worker]: readonly unknown[]) =>
    void attempt('a worker thread', () => started(worker as Parameters<typeof started>[0]));
  return observeEmit(['worker'], { before }) ?? (() => {});
}

/**
 * Runs `work`, which is known to block the event loop, without an alarm: the time it takes is in no event about blocked
 * loops, slow callbacks or synchronous calls, and not in `async.event_loop.blocked`. Covers what `work` does until it returns, not what it awaits. Lag metrics
 * still see it. Gives back what `work` returns and throws what it throws.
 */
export function expectBlock<R>(work: () => R): R {
  return asExpectedWork(() => (current ? current.expect(work) : work()));
}

import inspector from 'node:inspector';
import { isMainThread } from 'node:worker_threads';
import { PROCESS, type SharedMemory } from './shared-memory.js';

/**
 * Marks whether an inspector port is open, so that the watch steps aside: a program that stands at a breakpoint is not
 * blocked by itself. Asked at each beat of the main thread, since nobody tells: one call, some 100 ns.
 */
export function markDebugger({ words }: SharedMemory): boolean {
  const open = inspector.url() !== undefined;
  if (isMainThread) Atomics.store(words, PROCESS.DEBUGGER, open ? 1 : 0);
  return open;
}

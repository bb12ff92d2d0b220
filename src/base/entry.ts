import { process } from './process.js';

/** Where nothing tells, the entry module may be loading for so long after the start. */
const LOADING_MS = 10_000;
/** Until Node 22 the loop turns while an ES module is loaded as entry. */
export const TURNS_WHILE_LOADING = process.version.startsWith('v20.');

/**
 * Whether the entry module has not been evaluated: it is being loaded, or waits at its top level, perhaps for ever. Node
 * 20 has a listener of its own that long, to decide the exit code; later ones tell nothing.
 */
export function entryIsPending(): boolean {
  return process.listeners('exit').some((listener) => listener.name === 'handleProcessExit');
}

/** Whether modules that are loaded `now`, in milliseconds since the thread began, may be those that the entry imports. */
export function entryMayBeLoading(now: number): boolean {
  return TURNS_WHILE_LOADING ? entryIsPending() : now < LOADING_MS;
}

/**
 * Says in shared memory which synchronous call of Node's this thread is in, for a watch that cannot ask meanwhile. Costs
 * two stores a call.
 */
export interface SyncCallWords {
  words: Int32Array;
  /** Where the call's code stands, 0: none; and when it began, in whole milliseconds. */
  call: number;
  from: number;
  /** What is added to milliseconds of `base/clock`. */
  offsetMs: number;
}

let mark: SyncCallWords | undefined;

export function markSyncCalls(where: SyncCallWords | undefined): void {
  leaveSyncCall();
  mark = where;
}

export function enterSyncCall(code: number, startMs: number): void {
  if (mark === undefined) return;
  Atomics.store(mark.words, mark.from, (startMs + mark.offsetMs) | 0);
  Atomics.store(mark.words, mark.call, code);
}

export function leaveSyncCall(): void {
  if (mark !== undefined) Atomics.store(mark.words, mark.call, 0);
}

/** A number for a call's name, never 0, the same in all threads whatever the application has put beside it. */
export function syncCallCode(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return hash | 0 || 1;
}

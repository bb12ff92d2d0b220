/**
 * What the threads of a process tell the sidecar without a message: one row of 32 bit words for the process, one for
 * each thread. Times are whole milliseconds of the monotonic clock since `epochMs`, compared with wrap-around.
 */

import { monotonic } from '../base/clock.js';
import { process } from '../base/process.js';

export interface SharedMemory {
  words: Int32Array;
  /** What `hrtimeMs` was when the memory was made. */
  epochMs: number;
}

/** Words of the process. */
export const PROCESS = {
  /** 1: the process is ending, no new inspector session. */
  EXITING: 0,
  /** 1: the sidecar holds an inspector session. */
  SESSION_OPEN: 1,
  /** Option `blockedLoopMs`. */
  BLOCKED_LOOP_MS: 2,
  /** 1: a debugger or an inspector port is open, the watch steps aside. */
  DEBUGGER: 3,
  /** What became of the last export: 0 none yet, 1 delivered, 2 failed. */
  LAST_EXPORT: 4,
  /** The number of the last hand-over that is done with. */
  HANDED_OVER: 5,
  /** How many things the sidecar has under way: requests, and a block it has not told the end of. */
  BUSY: 6,
  /** The signals that the sidecar is to hold, a bit each; then the state of each of them: `signal-words.ts`. */
  SIGNALS_WANTED: 7,
  SIGTERM: 8,
  SIGINT: 9,
  SIGHUP: 10,
  /** Option `crashFlushTimeoutMs`. */
  CRASH_FLUSH_MS: 11,
} as const;

/** Words of a thread. */
export const THREAD = {
  /** The thread's id plus 1; 0: the row is free. */
  ID: 0,
  /** When the loop was last seen free. */
  BEAT: 1,
  /** Until when the loop promised to be seen again. */
  DUE: 2,
  /** Whether the program is starting: `STARTED`, `STARTING` or `MAY_BE_LOADING`. */
  STARTUP: 3,
  /** How many `expectBlock` are running. */
  EXPECTED: 4,
  /** How many blocks over the threshold the thread has seen when it was over them; start and length of the last. */
  BLOCKS: 5,
  BLOCK_FROM: 6,
  BLOCK_MS: 7,
  /** Milliseconds spent in garbage collection so far. */
  GC_MS: 8,
  /** The synchronous call that is running, as its code; 0: none. */
  SYNC_CALL: 9,
  /** The number of the thread's last hand-over that is done with. */
  HANDED_OVER: 10,
  /** When the synchronous call began. */
  SYNC_CALL_FROM: 11,
  /** The thread as Linux numbers it; 0: not known. */
  TASK: 12,
} as const;

export const STARTED = 0;
/** The entry module may still be running. */
export const STARTING = 1;
/** Beside a loader modules are loaded in turns of the loop: what a look at the thread shows tells whether they are. */
export const MAY_BE_LOADING = 2;

const SESSION_CLOSES_WITHIN_MS = 50;

export const THREADS = 64;
const ROW = 16;
const WORDS = ROW * (THREADS + 1);

export const EXPORT_NONE = 0;
export const EXPORT_DELIVERED = 1;
export const EXPORT_FAILED = 2;

/** @throws RangeError where shared memory is refused. */
export function createMemory(): SharedMemory {
  return {
    words: new Int32Array(new SharedArrayBuffer(WORDS * Int32Array.BYTES_PER_ELEMENT)),
    epochMs: hrtimeMs(),
  };
}

/** A sidecar that died can finish nothing: nobody is to wait for it. */
export function leaveNothingOpen({ words }: SharedMemory): void {
  Atomics.store(words, PROCESS.SESSION_OPEN, 0);
  Atomics.store(words, PROCESS.BUSY, 0);
  // its handles are closed by now
  for (const word of [PROCESS.SIGTERM, PROCESS.SIGINT, PROCESS.SIGHUP]) Atomics.store(words, word, 0);
}

/** The process exits. A session that is open then would make Node print a message: the sidecar closes it first. */
export function closeSession({ words }: SharedMemory): void {
  Atomics.store(words, PROCESS.EXITING, 1);
  if (Atomics.load(words, PROCESS.SESSION_OPEN) === 1) {
    Atomics.wait(words, PROCESS.SESSION_OPEN, 1, SESSION_CLOSES_WITHIN_MS);
  }
}

/** Where a thread's word is. Row 0 is the main thread's. */
export function wordOf(row: number, word: number): number {
  return ROW * (row + 1) + word;
}

/** Node's own, whatever a test of the application's puts in its place. */
const hrtime = process.hrtime.bind(process);

/** The monotonic clock that all threads share, unlike `performance.now()`. */
export function hrtimeMs(): number {
  const [seconds, nanoseconds] = hrtime();
  return seconds * 1_000 + nanoseconds / 1e6;
}

/** Now, as it stands in the memory. */
export function sharedNow(memory: SharedMemory): number {
  return (hrtimeMs() - memory.epochMs) | 0;
}

/** What is added to milliseconds of `base/clock`, which each thread counts from its own start. */
export function clockOffset(memory: SharedMemory): number {
  return hrtimeMs() - monotonic() - memory.epochMs;
}

/** Takes a free row for a thread; `undefined` where all are taken. */
export function claimRow(memory: SharedMemory, threadId: number): number | undefined {
  for (let row = 0; row < THREADS; row++) {
    if (Atomics.compareExchange(memory.words, wordOf(row, THREAD.ID), 0, threadId + 1) === 0) return row;
  }
  return undefined;
}

export function releaseRow(memory: SharedMemory, row: number): void {
  for (let word = ROW - 1; word >= 0; word--) Atomics.store(memory.words, wordOf(row, word), 0);
}

/** Frees the rows of a thread that ended without a word. */
export function releaseThread(memory: SharedMemory, threadId: number): void {
  for (let row = 0; row < THREADS; row++) {
    if (Atomics.load(memory.words, wordOf(row, THREAD.ID)) === threadId + 1) releaseRow(memory, row);
  }
}

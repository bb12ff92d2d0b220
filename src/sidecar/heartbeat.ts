import { monotonic } from '../base/clock.js';
import { entryMayBeLoading } from '../base/entry.js';
import { markSyncCalls } from '../base/sync-call-mark.js';
import { eventLoop, type LoopObservation } from '../probes/event-loop.js';
import type { Stop } from '../types.js';
import { ownTask } from './blocks/starvation.js';
import { markDebugger } from './debugger-mark.js';
import {
  clockOffset,
  MAY_BE_LOADING,
  PROCESS,
  type SharedMemory,
  STARTED,
  STARTING,
  sharedNow,
  THREAD,
  wordOf,
} from './shared-memory.js';

/** A thread's own row: says that the loop is free, and until when it promises to say so again. */
export class Heartbeat {
  readonly #offset: number;
  #stop: Stop | undefined;
  #expectedUntil = Number.NEGATIVE_INFINITY;

  constructor(
    readonly memory: SharedMemory,
    readonly row: number,
  ) {
    this.#offset = clockOffset(memory);
  }

  /** @param intervalMs how finely the lag probe looks anyway, so that the watchdog does not make it finer. */
  start(intervalMs: number): void {
    this.#set(THREAD.STARTUP, STARTING);
    this.#set(THREAD.TASK, ownTask());
    this.#set(THREAD.BEAT, sharedNow(this.memory));
    // until the first beat there is no promise but that the entry module has this much time
    this.#set(THREAD.DUE, sharedNow(this.memory));
    markDebugger(this.memory);
    markSyncCalls({
      words: this.memory.words,
      call: wordOf(this.row, THREAD.SYNC_CALL),
      from: wordOf(this.row, THREAD.SYNC_CALL_FROM),
      offsetMs: this.#offset,
    });
    this.#stop = eventLoop.listen((observation) => this.#beat(observation), intervalMs);
  }

  stop(): void {
    markSyncCalls(undefined);
    this.#stop?.();
    this.#stop = undefined;
  }

  addGcMs(ms: number): void {
    this.#gcMs += ms;
    this.#set(THREAD.GC_MS, this.#gcMs);
  }
  #gcMs = 0;

  /** Runs known work without an alarm. */
  expect<R>(work: () => R): R {
    const expected = wordOf(this.row, THREAD.EXPECTED);
    Atomics.add(this.memory.words, expected, 1);
    try {
      return work();
    } finally {
      this.#expectedUntil = monotonic();
      // what runs after it in the same turn is measured from here
      const now = sharedNow(this.memory);
      this.#set(THREAD.BEAT, now);
      this.#set(THREAD.DUE, now);
      Atomics.sub(this.memory.words, expected, 1);
    }
  }

  #beat(o: Readonly<LoopObservation>): void {
    markDebugger(this.memory);
    const from = Math.max(o.busyFrom, this.#expectedUntil);
    const blockedMs = o.busyUntil - from - (o.suspendedUntil - o.suspendedFrom);
    if (blockedMs >= Atomics.load(this.memory.words, PROCESS.BLOCKED_LOOP_MS)) {
      this.#set(THREAD.BLOCK_FROM, from + this.#offset);
      this.#set(THREAD.BLOCK_MS, blockedMs);
      Atomics.add(this.memory.words, wordOf(this.row, THREAD.BLOCKS), 1);
    }
    this.#set(THREAD.STARTUP, o.startup ? STARTING : this.#mayBeLoading(o.now) ? MAY_BE_LOADING : STARTED);
    this.#set(THREAD.DUE, o.nextAt + this.#offset);
    this.#set(THREAD.BEAT, o.now + this.#offset);
  }

  #mayBeLoading(now: number): boolean {
    this.#loads &&= entryMayBeLoading(now);
    return this.#loads;
  }
  #loads = true;

  #set(word: number, value: number): void {
    Atomics.store(this.memory.words, wordOf(this.row, word), value | 0);
  }
}

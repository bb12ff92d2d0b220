import { expectedMsWithin } from '../base/expected-work.js';
import type { Task } from './task.js';

/** An uninterrupted run of a task that was too long. Times are milliseconds of `base/clock`. */
export interface SlowRun {
  readonly startMs: number;
  readonly endMs: number;
  /** From start to end, without what `expectBlock` covers and without the instrumentation's own work. */
  readonly durationMs: number;
  /** The task whose code, called by this one, took more of that time than any other did, this one included. */
  readonly busiest: Task | undefined;
  readonly busiestMs: number;
  /** It is, or will be, in the trace. */
  told: boolean;
}

/** `task` is undefined for a microtask or a callback that belongs to no known task. Called in the midst of a hook. */
export type SlowRunListener = (task: Task | undefined, run: SlowRun) => void;

/** What is known of the runs inside one that is not over. */
interface Inside {
  /** In runs that were told of by themselves. */
  toldMs: number;
  /** In runs worth a note. */
  notedMs: number;
  busiest: Task | undefined;
  busiestMs: number;
}

/** Shorter ones are in no report: a run inside another is noted from this share of the threshold on. */
const NOTABLE_SHARE = 0.25;
const KEPT_OF_A_TASK = 10;

/**
 * Compares each run with a threshold. Of runs inside each other the innermost that is too long is told of; one around
 * it only where it is too long without that as well.
 */
export class RunWatch {
  /** Shorter runs are in no report. */
  notableMs = Number.POSITIVE_INFINITY;
  #slowMs = Number.POSITIVE_INFINITY;
  #listener: SlowRunListener | undefined;
  readonly #starts: number[] = [];
  readonly #inside: (Inside | undefined)[] = [];
  /** The instrumentation's own work so far, and what it was when the runs began. */
  #ownMs = 0;
  readonly #ownBefore: number[] = [];
  /** Whether there ever was own work, or a run worth a note: until then nothing need be written at a begin. */
  #isRare = false;

  watch(slowMs: number, listener: SlowRunListener): void {
    this.#slowMs = slowMs;
    this.notableMs = slowMs * NOTABLE_SHARE;
    this.#listener = listener;
  }

  unwatch(): void {
    this.#slowMs = this.notableMs = Number.POSITIVE_INFINITY;
    this.#listener = undefined;
    this.#inside.length = 0;
  }

  get watching(): boolean {
    return this.#listener !== undefined;
  }

  /** The instrumentation's own work so far. */
  get ownMs(): number {
    return this.#ownMs;
  }

  /** `depth` counts from -1. */
  begin(depth: number, now: number): void {
    const slot = depth + 1;
    this.#starts[slot] = now;
    if (!this.#isRare) return;
    this.#ownBefore[slot] = this.#ownMs;
    this.#inside[slot] = undefined;
  }

  discount(ms: number): void {
    this.#ownMs += ms;
    this.#isRare = true;
  }

  startOf(depth: number): number {
    return this.#starts[depth + 1] as number;
  }

  isNotable(depth: number, endMs: number): boolean {
    return endMs - (this.#starts[depth + 1] as number) >= this.notableMs;
  }

  /** A notable run at `depth` is over. */
  close(depth: number, task: Task | undefined, endMs: number): void {
    const slot = depth + 1;
    if (task !== undefined) task.kept++;
    const startMs = this.#starts[slot] as number;
    const inside = this.#inside[slot];
    this.#inside[slot] = undefined;
    const ownWorkMs = this.#ownMs - (this.#ownBefore[slot] ?? 0);
    const durationMs = endMs - startMs - expectedMsWithin(startMs, endMs) - ownWorkMs;
    const selfMs = durationMs - (inside?.notedMs ?? 0);
    const isBusiest = inside === undefined || selfMs >= inside.busiestMs;
    const busiest = isBusiest ? task : inside.busiest;
    const busiestMs = isBusiest ? selfMs : inside.busiestMs;
    let toldMs = inside?.toldMs ?? 0;
    if (durationMs - toldMs >= this.#slowMs) {
      toldMs = durationMs;
      this.#tell(task, { startMs, endMs, durationMs, busiest, busiestMs, told: false });
    }
    if (slot > 0) this.#note(slot - 1, durationMs, toldMs, busiest, busiestMs);
  }

  #note(
    slot: number,
    durationMs: number,
    toldMs: number,
    busiest: Task | undefined,
    busiestMs: number,
  ): void {
    let outer = this.#inside[slot];
    this.#isRare = true;
    if (outer === undefined) {
      outer = { toldMs: 0, notedMs: 0, busiest: undefined, busiestMs: 0 };
      this.#inside[slot] = outer;
    }
    outer.toldMs += toldMs;
    outer.notedMs += durationMs;
    if (busiestMs > outer.busiestMs) {
      outer.busiest = busiest;
      outer.busiestMs = busiestMs;
    }
  }

  #tell(task: Task | undefined, run: SlowRun): void {
    if (task !== undefined) {
      task.slowRuns ??= [];
      if (task.slowRuns.length < KEPT_OF_A_TASK) task.slowRuns.push(run);
      else task.slowRunsFolded++;
    }
    this.#listener?.(task, run);
  }
}

import type { Birth } from '../tasks/birth.js';
import { resourceKindOf } from '../tasks/kinds.js';
import type { Task } from '../tasks/task.js';
import { mayBeIdle, type Wait, waitsForAnEvent, waitsOf } from './waits.js';

/** A trace, as far as this detector looks at it. */
export interface TraceUnderWay {
  readonly closed: boolean;
  /** Those that are pending, and some that have ended. */
  readonly tasks: readonly Task[];
  readonly timers: ReadonlySet<Task>;
  /** Tasks that are not among them. */
  readonly shed: number;
  readonly unseen: number;
  /** Whether a client waits for an answer that has not begun; `undefined` where that is not known. */
  readonly expected: boolean | undefined;
}

export interface StuckTask extends Wait {
  /** Nothing has happened in its trace for so long, at least. */
  readonly stillMs: number;
}

/** What changes with anything that happens in a trace. */
interface Signs {
  newest: number;
  pending: number;
  runs: number;
  children: number;
  missed: number;
}

interface Watched {
  signs: Signs;
  /** Nothing has happened since. */
  sinceMs: number;
  waits: { wait: Wait; runs: number }[] | undefined;
}

/** Looks at a task in one turn of the loop: some tenths of a millisecond. */
const LOOKS_A_TURN = 10_000;
/** What a trace costs beside its tasks, and to find out who waits in it, in looks. */
const TRACE = 10;
const WAITS_OF_A_TASK = 10;
/** Told of in one trace. */
const MOST_WAITS = 100;
/** Waits that came back after this share of the threshold teach that their place is a patient one. */
const LEARNED_FROM = 0.5;
const PATIENCE = 2;
const TIMERS_LOOKED_AT = 1_000;

/**
 * Tasks that wait in a trace in which nothing happens any more. No event is told of: each look compares what tasks say of
 * themselves with the look before. Where anything goes on in a trace, be it elsewhere in it, nobody is accused.
 */
export class StuckTasks {
  readonly #watched = new Map<TraceUnderWay, Watched>();
  readonly #patience = new WeakMap<Birth, number>();
  /** In this turn. */
  #looks = 0;

  /** Whether there is anything to forget. */
  get watching(): boolean {
    return this.#watched.size > 0;
  }

  /** Piece by piece: gives each that is stuck, and `undefined` where the loop should have its turn. */
  *look(
    traces: Iterable<TraceUnderWay>,
    nowMs: number,
    thresholdMs: number,
  ): Generator<StuckTask | undefined, void> {
    const underWay = new Set(traces);
    for (const [trace, watched] of this.#watched) {
      if (underWay.has(trace) && !trace.closed) continue;
      this.#learn(watched, nowMs);
      this.#watched.delete(trace);
    }
    this.#looks = 0;
    for (const trace of underWay) {
      if (trace.closed) continue;
      this.#looks += trace.tasks.length + TRACE;
      yield* this.#lookAt(trace, nowMs, thresholdMs);
      if (this.#looks < LOOKS_A_TURN) continue;
      this.#looks = 0;
      yield undefined;
    }
  }

  *#lookAt(trace: TraceUnderWay, nowMs: number, thresholdMs: number): Generator<StuckTask, void> {
    const before = this.#watched.get(trace);
    const signs = signsOf(trace, before?.signs.newest);
    if (before === undefined || !isSame(signs, before.signs)) {
      if (before !== undefined) this.#learn(before, nowMs);
      this.#watched.set(trace, { signs, sinceMs: nowMs, waits: undefined });
      return;
    }
    const stillMs = nowMs - before.sinceMs;
    if (stillMs < thresholdMs * LEARNED_FROM) return;
    before.waits ??= this.#waitsOf(trace);
    if (stillMs < thresholdMs || waitsAsAsked(trace, thresholdMs)) return;
    for (const { wait } of before.waits) {
      const { owner } = wait;
      if (owner.stuck !== undefined || stillMs < (this.#patience.get(owner.birth) ?? 0)) continue;
      if (isWell(trace, wait)) continue;
      yield { ...wait, stillMs };
    }
  }

  #waitsOf({ tasks }: TraceUnderWay): NonNullable<Watched['waits']> {
    this.#looks += tasks.length * WAITS_OF_A_TASK;
    const waits = waitsOf(tasks).slice(0, MOST_WAITS);
    return waits.map((wait) => ({ wait, runs: wait.owner.runs }));
  }

  /** Who has come back after a long time is given longer the next time. */
  #learn({ waits, sinceMs }: Watched, nowMs: number): void {
    if (waits === undefined) return;
    for (const { wait, runs } of waits) {
      const { birth, ended, outcome, runs: now } = wait.owner;
      if (outcome === 'rejected' || (!ended && now === runs)) continue;
      const patience = PATIENCE * (nowMs - sinceMs);
      if (patience > (this.#patience.get(birth) ?? 0)) this.#patience.set(birth, patience);
    }
  }
}

function signsOf({ tasks, shed, unseen }: TraceUnderWay, newestBefore = 0): Signs {
  const signs: Signs = { newest: newestBefore, pending: 0, runs: 0, children: 0, missed: shed + unseen };
  for (const task of tasks) {
    if (task.id > signs.newest) signs.newest = task.id;
    if (task.endMs >= 0) continue;
    signs.pending++;
    signs.runs += task.runs;
    // those that have no place in the list tell of themselves by their parents
    signs.children += task.kept;
  }
  return signs;
}

function isSame(a: Signs, b: Signs): boolean {
  return (
    a.newest === b.newest &&
    a.pending === b.pending &&
    a.runs === b.runs &&
    a.children === b.children &&
    a.missed === b.missed
  );
}

/** Something will come about by itself: a timer is set, another process is at work. */
function waitsAsAsked({ timers, tasks }: TraceUnderWay, thresholdMs: number): boolean {
  let looked = 0;
  for (const timer of timers) {
    if (++looked > TIMERS_LOOKED_AT) return true;
    const { resource, ownership } = timer as { resource?: NodeTimer; ownership: string };
    if (resource === undefined || resource._destroyed === true) continue;
    // Node's own short ones watch over connections and caches, and go on for ever
    if (ownership !== 'internal' || (resource._idleTimeout ?? 0) >= thresholdMs) return true;
  }
  return tasks.some((task) => !task.ended && resourceKindOf(task.type).openEnded === true);
}

interface NodeTimer {
  _destroyed?: boolean;
  _idleTimeout?: number;
}

function isWell({ expected }: TraceUnderWay, wait: Wait): boolean {
  if (expected === false || waitsForAnEvent(wait)) return true;
  return expected === undefined && mayBeIdle(wait);
}

import { resourceKindOf } from './kinds.js';
import { saysTheSame } from './one-operation.js';
import type { Task } from './task.js';

export interface SelectionRules {
  minDurationMs: number;
  /** How many more tasks may be reported. */
  room: number;
  now: number;
  /** Debug mode: also what libraries do inside. */
  everything: boolean;
}

/**
 * Which tasks of a trace are worth a reader's time, in order of creation: the user's own, long enough or failed, each
 * operation once. Where there are too many, failures, slow runs and the longest stay.
 */
export function selectTasks(
  tasks: readonly Task[],
  rules: SelectionRules,
): { chosen: Task[]; dropped: number } {
  const duration = (task: Task) => (task.ended ? task.endMs : rules.now) - task.startMs;
  const eligible = tasks.filter(
    (task) =>
      (task.ownership === 'user' || (rules.everything && isPlaced(task))) &&
      task.span === undefined &&
      (isRemarkable(task) || duration(task) >= rules.minDurationMs) &&
      !isEarlyCleared(task) &&
      !isSynchronous(task),
  );
  const told = new Set(eligible);
  for (const task of tasks) {
    const isTold = told.has(task) || task.span !== undefined;
    if (isTold && task.wrapper !== undefined && saysTheSame(task, task.wrapper)) told.delete(task.wrapper);
  }
  const chosen = eligible.filter((task) => told.has(task));
  if (chosen.length <= rules.room) return { chosen, dropped: 0 };
  const kept = new Set(
    [...chosen]
      .sort((a, b) => Number(isRemarkable(b)) - Number(isRemarkable(a)) || duration(b) - duration(a))
      .slice(0, Math.max(0, rules.room)),
  );
  return { chosen: chosen.filter((task) => kept.has(task)), dropped: chosen.length - kept.size };
}

/** The ready ones and the enclosing tasks they hang from, in order of creation. */
export function withAncestors(chosen: readonly Task[], ready: (task: Task) => boolean): Task[] {
  const eligible = new Set(chosen);
  const wanted = new Set<Task>();
  for (const task of chosen) {
    if (!ready(task)) continue;
    for (let at: Task | undefined = task; at !== undefined; at = at.parent) {
      if (eligible.has(at)) wanted.add(at);
    }
  }
  return chosen.filter((task) => wanted.has(task));
}

function isRemarkable(task: Task): boolean {
  return task.unhandledError !== undefined || task.slowRuns !== undefined;
}

/** Made by code that somebody wrote, known by its line: what Node makes for itself says nothing. */
export function isPlaced(task: Task): boolean {
  const origin = task.site?.origin;
  return (origin === 'user' || origin === 'library') && task.ownership !== 'ignored' && !isOnTheWay(task);
}

/** What Node puts off while it serves a call, and the timers it sets for it: the operation that was called is told. */
function isOnTheWay({ kind, ownership, type }: Task): boolean {
  if (ownership !== 'internal') return false;
  return kind === 'timer' || (kind === 'custom' && resourceKindOf(type).hidden === 'carrier');
}

/** A guard that was not needed (`clearTimeout` after the work) tells nothing but that it was there. */
function isEarlyCleared(task: Task): boolean {
  return task.outcome === 'cleared' && task.runs === 0 && task.type === 'Immediate';
}

function isSynchronous(task: Task): boolean {
  return task.runs === 0 && !task.ended && resourceKindOf(task.type).alsoSync === true;
}

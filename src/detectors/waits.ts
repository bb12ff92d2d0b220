import { FunctionTask } from '../tasks/function-task.js';
import { resourceKindOf } from '../tasks/kinds.js';
import { waitSite } from '../tasks/sites/compiled-modules.js';
import { awaitedAt, isFetch, isPatient, mayTakeWhatComes } from '../tasks/sites/function-text.js';
import type { Site } from '../tasks/sites/site-table.js';
import type { Task } from '../tasks/task.js';

/** A task that others may wait for, and that waits itself. */
export interface Wait {
  readonly owner: Task;
  /** What it waits for, as far as those are tasks of its own, oldest first. */
  readonly awaited: readonly Task[];
}

/** Who waits among the tasks of a trace: of functions that called each other the innermost; else promises. */
export function waitsOf(tasks: readonly Task[]): Wait[] {
  const functions = new Set<Task>();
  const others: Task[] = [];
  for (const task of tasks) {
    if (!isTold(task)) continue;
    if (isOwnFunction(task)) functions.add(task);
    else others.push(task);
  }
  const calling = new Set<Task>();
  for (const { parent } of functions) if (parent !== undefined) calling.add(parent);
  const awaited = new Map<Task, Task[]>();
  for (const task of others) {
    const owner = ownerOf(task, functions) ?? (task.kind === 'promise' && task.observed ? task : undefined);
    if (owner === undefined) continue;
    const known = awaited.get(owner);
    if (known === undefined) awaited.set(owner, owner === task ? [] : [task]);
    else known.push(task);
  }
  const waits: Wait[] = [];
  for (const owner of functions) {
    if (!calling.has(owner) && isWaiting(owner)) waits.push({ owner, awaited: awaited.get(owner) ?? [] });
  }
  if (waits.length > 0) return waits;
  for (const [owner, those] of awaited) if (!functions.has(owner)) waits.push({ owner, awaited: those });
  return waits;
}

function isTold(task: Task): boolean {
  if (task.ended || (task.ownership !== 'user' && task.ownership !== 'provisional')) return false;
  return task.kind !== 'io' || resourceKindOf(task.type).hidden === undefined;
}

function isOwnFunction({ kind, ownership, definition }: Task): boolean {
  return kind === 'async_function' && ownership === 'user' && definition?.origin === 'user';
}

/** A generator that has yielded waits for nothing: somebody may ask it for more. */
function isWaiting(task: Task): boolean {
  return !task.entering && !(task instanceof FunctionTask && (task.yielded || !task.waiting));
}

function ownerOf(task: Task, functions: ReadonlySet<Task>): Task | undefined {
  for (let at = task.parent; at !== undefined; at = at.parent) if (functions.has(at)) return at;
  return undefined;
}

/** Where a function of compiled code waits. */
export function waitPlaceOf(task: Task): Site | undefined {
  return task instanceof FunctionTask && task.waiting ? waitSite(task.waitPlace) : undefined;
}

/** It waits for something to happen that need not happen soon: an event, the next message. */
export function waitsForAnEvent({ owner, awaited }: Wait): boolean {
  const place = waitPlaceOf(owner);
  if (place !== undefined && awaitedAt(place) === 'event') return true;
  return awaited.some(
    ({ definition, kind, name }) =>
      (definition !== undefined && isPatient(definition)) || (kind === 'promise' && name === 'next'),
  );
}

/** It may be well though it waits for ever, if nobody waits for it: it takes what comes, or polls another service. */
export function mayBeIdle({ owner, awaited }: Wait): boolean {
  const place = waitPlaceOf(owner);
  if (place !== undefined && awaitedAt(place) === 'answer') return true;
  if (awaited.some(({ type, definition }) => type === 'HTTPCLIENTREQUEST' || isFetchAt(definition)))
    return true;
  for (let at: Task | undefined = owner; at !== undefined; at = at.parent) {
    if (at.definition !== undefined && mayTakeWhatComes(at.definition)) return true;
  }
  return false;
}

function isFetchAt(definition: Site | undefined): boolean {
  return definition !== undefined && isFetch(definition);
}

import { asyncWrapProviders } from 'node:async_hooks';
import type { ResourceKind } from '../tasks/kinds.js';
import { isOwnResource, type ResourceOrigin } from '../tasks/origin.js';
import type { Site } from '../tasks/sites/site-table.js';
import type { Task, TaskOwnership } from '../tasks/task.js';

const NODE_TYPES = new Set<string>(Object.keys(asyncWrapProviders));
/** What stands between whoever sets a timer and our hook. */
const TIMER_FILES = /^node:(?:internal\/(?:async_hooks|timers)|timers(?:\/promises)?)$/;

/** Whether it is shown in debug mode only. */
export function isHidden(type: string, kind: ResourceKind): boolean {
  return kind.hidden !== undefined || (kind.kind === 'custom' && NODE_TYPES.has(type));
}

/** `all`: also what is shown in debug mode only. */
export function ownershipOf(kind: ResourceKind, origin: ResourceOrigin, all: boolean): TaskOwnership {
  if (origin.ownership === 'ignored') return 'ignored';
  // a timer of Node's own, set while it serves a call of the user's
  if (kind.kind === 'timer' && origin.module !== 'timers') return 'internal';
  if (isNodesOwn(kind, origin)) return 'internal';
  if (kind.hidden === undefined) return origin.ownership;
  // what Node puts off on the way says nothing that the operation does not say better
  const isShown = all && (kind.hidden !== 'carrier' || isOwnResource(origin));
  return isShown ? origin.ownership : 'internal';
}

export function isNodesOwn(kind: ResourceKind, origin: ResourceOrigin): boolean {
  return kind.kind === 'custom' && kind.hidden === undefined && !isOwnResource(origin);
}

/** Set by Node itself, as that of a socket, whoever's call it serves. */
export function isNodesTimer(frames: readonly Site[]): boolean {
  return frames.find(({ file }) => file === null || !TIMER_FILES.test(file))?.origin === 'node';
}

/** Whether anything is told of what `task` causes: of the task, or of one that encloses it. */
export function isTold(task: Task | undefined): boolean {
  for (let at = task; at !== undefined; at = at.parent) {
    if (at.site !== undefined || at.ownership !== 'internal') return true;
  }
  return false;
}

export function nameOf(type: string, kind: ResourceKind, resource: object, origin: ResourceOrigin): string {
  if (type === 'Timeout') {
    return typeof (resource as { _repeat?: unknown })._repeat === 'number' ? 'setInterval' : 'setTimeout';
  }
  // several calls of `crypto` share a type; `sign` and `verify` are called otherwise inside
  if (kind.name?.startsWith('crypto.') && origin.name.startsWith('crypto.'))
    return origin.name.replace(/OneShot$/, '');
  if (kind.name !== undefined) return kind.name;
  // `process.nextTick`, where user code calls it
  const isCalled = kind.kind !== 'custom' || (kind.hidden === 'carrier' && isOwnResource(origin));
  return (isCalled && origin.name) || type;
}

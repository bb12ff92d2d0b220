import type { TaskDescription } from '../types.js';
import { nameOfTask } from './names.js';
import { locationOf } from './sites/source-maps.js';
import type { Task } from './task.js';

/** Creators told of a task, nearest first. */
const CHAIN_LIMIT = 16;

export function describeTask(task: Task): TaskDescription {
  const chain: string[] = [];
  for (let at = task.parent; at !== undefined && chain.length < CHAIN_LIMIT; at = at.parent) {
    if (at.ownership === 'internal') continue;
    const place = at.site && locationOf(at.site);
    chain.push(place ? `${nameOfTask(at)} (${place.file}:${place.line})` : nameOfTask(at));
  }
  return {
    id: task.id,
    name: nameOfTask(task),
    kind: task.kind,
    type: task.type,
    site: task.site && locationOf(task.site),
    chain,
    trace: task.scope.identity(task),
  };
}

import { definitionOf, locationOf } from './sites/source-maps.js';
import type { Task } from './task.js';

/** A task's name; for a function without one, where its source is. */
export function nameOfTask(task: Task): string {
  if (task.name !== '') return task.name;
  const place = (task.definition && definitionOf(task.definition)) ?? (task.site && locationOf(task.site));
  if (place === undefined) return 'anonymous';
  return `anonymous (${place.file.split(/[\\/]/).pop()}:${place.line})`;
}

import type { Site } from './sites/site-table.js';
import { definitionOf, locationOf } from './sites/source-maps.js';
import { wordAt } from './sites/source-words.js';
import type { Task } from './task.js';

/** What a name is made of. */
export interface Named {
  readonly name: string;
  readonly foreign: boolean;
  readonly site: Site | undefined;
  readonly definition: Site | undefined;
}

/**
 * A task's name. What a library made is called as user code calls it, where the library has another word for it; a
 * function without a name is called after its place.
 */
export function nameOfTask(task: Named): string {
  const word = task.foreign && task.site ? wordAt(task.site) : '';
  if (word !== '' && lastOf(word) !== task.name) return word;
  if (task.name !== '') return task.name;
  const place = (task.definition && definitionOf(task.definition)) ?? (task.site && locationOf(task.site));
  if (place === undefined) return 'anonymous';
  return `anonymous (${place.file.split(/[\\/]/).pop()}:${place.line})`;
}

/** The same for what is folded into one: tasks of one place; where that is not known, of one name. */
export function placeKey(task: Task | undefined): string {
  const site = task?.site;
  return site ? `${site.file}:${site.line}:${site.column} ${task.name}` : `${task?.type} ${task?.name}`;
}

function lastOf(word: string): string {
  return word.slice(word.lastIndexOf('.') + 1);
}

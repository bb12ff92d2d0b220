import type { CodeLocation } from '../types.js';
import { saysTheSame } from './one-operation.js';
import { isNoWord } from './origin.js';
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
  /** Of a promise: the resource that it may be no more than. */
  readonly wraps?: Task | undefined;
}

/**
 * A task's name. What a library made is called as user code calls it, where the library has another word for it; a
 * function without a name is called after its place.
 */
export function nameOfTask(task: Named): string {
  const word = task.foreign && task.site ? wordAt(task.site) : '';
  const name = ownName(task, () => placeOfFunction(task)?.functionName);
  if (word !== '' && lastOf(word) !== name) return word;
  if (name !== '') return name;
  const place = (task.definition && definitionOf(task.definition)) ?? (task.site && locationOf(task.site));
  if (place === undefined) return 'anonymous';
  return `anonymous (${place.file.split(/[\\/]/).pop()}:${place.line})`;
}

/**
 * What a task is called by itself. One that is called as its function is has `authors` name for that: V8 knows no more of
 * it than what a minifier has left.
 */
export function ownName(task: Named, authors: () => string | null | undefined): string {
  const name = wordOf(task);
  const isOfFunction = name !== '' && name === (task.definition ?? task.site)?.functionName;
  return (isOfFunction ? authors() : undefined) ?? name;
}

function placeOfFunction({ definition, site }: Named): CodeLocation | undefined {
  return definition ? definitionOf(definition) : site && locationOf(site);
}

/** A promise that says no more than a resource of Node's is called by Node's word for that. */
function wordOf({ name, wraps }: Named): string {
  const promise = wraps?.wrapper;
  if (wraps === undefined || promise === undefined || !isNoWord(name) || !saysTheSame(wraps, promise))
    return name;
  return wraps.kind === 'timer' ? wraps.name : wraps.serves || wraps.name;
}

/** The same for what is folded into one: tasks of one place; where that is not known, of one name. */
export function placeKey(task: Task | undefined): string {
  const site = task?.site;
  return site ? `${site.file}:${site.line}:${site.column} ${task.name}` : `${task?.type} ${task?.name}`;
}

function lastOf(word: string): string {
  return word.slice(word.lastIndexOf('.') + 1);
}

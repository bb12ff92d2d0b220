import type { TaskDescription } from '../types.js';
import { type Named, nameOfTask, ownName } from './names.js';
import { locationOf, withKnownDefinition, withKnownPlace } from './sites/source-maps.js';
import type { Task } from './task.js';

/** Creators told of a task, nearest first. */
const CHAIN_LIMIT = 16;

/** What a description is made of, with nothing worked out: plain data, on its way to another thread. */
export interface TaskSketch extends Named, Pick<TaskDescription, 'id' | 'kind' | 'type' | 'trace'> {
  readonly creators: readonly Named[];
}

/** Reads source maps and sources where it must. */
export function describeTask(task: Task): TaskDescription {
  return describe(task, creatorsOf(task), task.scope.identity(task));
}

/** Fit for the midst of anything: reads nothing, and calls nothing of Node's. */
export function sketchTask(task: Task): TaskSketch {
  const { id, kind, type } = task;
  const trace = task.scope.identity(task);
  return { ...sketchName(task), id, kind, type, trace, creators: creatorsOf(task).map(sketchName) };
}

export function describeSketch(sketch: TaskSketch): TaskDescription {
  return describe(sketch, sketch.creators, sketch.trace);
}

function describe(
  task: Named & Pick<TaskDescription, 'id' | 'kind' | 'type'>,
  creators: readonly Named[],
  trace: TaskDescription['trace'],
): TaskDescription {
  return {
    id: task.id,
    name: nameOfTask(task),
    kind: task.kind,
    type: task.type,
    site: task.site && locationOf(task.site),
    chain: creators.map((creator) => {
      const place = creator.site && locationOf(creator.site);
      return place ? `${nameOfTask(creator)} (${place.file}:${place.line})` : nameOfTask(creator);
    }),
    trace,
  };
}

function creatorsOf(task: Task): readonly Task[] {
  const creators: Task[] = [];
  for (let at = task.parent; at !== undefined && creators.length < CHAIN_LIMIT; at = at.parent) {
    if (at.ownership !== 'internal') creators.push(at);
  }
  return creators;
}

function sketchName(task: Named): Named {
  const { foreign } = task;
  const site = task.site && withKnownPlace(task.site);
  const definition = task.definition && withKnownDefinition(task.definition);
  const name = ownName(task, () => (definition ?? site)?.functionName);
  return { name, foreign, site, definition };
}

import type { Attributes } from '@opentelemetry/api';
import { waitPlaceOf } from '../../detectors/waits.js';
import { ATTR } from '../../semconv.js';
import type { Site } from '../../tasks/sites/site-table.js';
import { definitionOf, locationOf } from '../../tasks/sites/source-maps.js';
import type { Task } from '../../tasks/task.js';
import type { CodeLocation, TaskOutcome } from '../../types.js';

/** What a task's span says, as `telemetry.md` names it. Times in seconds. */
export function taskAttributes(task: Task, outcome: TaskOutcome, endMs: number): Attributes {
  const attributes: Attributes = {
    [ATTR.TASK_ID]: task.id,
    [ATTR.TASK_KIND]: task.kind,
    [ATTR.TASK_TYPE]: task.type,
    [ATTR.TASK_OUTCOME]: outcome,
    [ATTR.TASK_RUNS]: task.runs,
    [ATTR.TASK_BUSY_TIME]: seconds(task.busyMs),
    [ATTR.TASK_IDLE_TIME]: seconds(Math.max(0, endMs - task.startMs - task.busyMs)),
  };
  if (task.site) Object.assign(attributes, siteAttributes(task.site));
  const definition = task.definition && definitionOf(task.definition);
  if (definition) attributes[ATTR.TASK_DEFINITION] = placeText(definition);
  if (task.stack?.length) attributes[ATTR.CODE_STACKTRACE] = stackText(task.stack);
  const waitsAt = outcome === 'pending' ? waitPlaceOf(task) : undefined;
  const waits = waitsAt && locationOf(waitsAt);
  if (waits) attributes[ATTR.TASK_WAITS_AT] = placeText(waits);
  if (task.unhandledError !== undefined) attributes[ATTR.ERROR_TYPE] = task.unhandledError;
  return attributes;
}

function siteAttributes(site: Site): Attributes {
  const location = locationOf(site);
  if (location === undefined) return {};
  return {
    ...(location.functionName ? { [ATTR.CODE_FUNCTION_NAME]: location.functionName } : {}),
    [ATTR.CODE_FILE_PATH]: location.file,
    [ATTR.CODE_LINE_NUMBER]: location.line,
    [ATTR.CODE_COLUMN_NUMBER]: location.column,
  };
}

function stackText(frames: readonly Site[]): string {
  return frames
    .map(locationOf)
    .filter((location) => location !== undefined)
    .map((location) => `    at ${location.functionName ?? '<anonymous>'} (${placeText(location)})`)
    .join('\n');
}

function placeText({ file, line, column }: CodeLocation): string {
  return `${file}:${line}:${column}`;
}

function seconds(ms: number): number {
  return Math.round(ms * 1000) / 1e6;
}

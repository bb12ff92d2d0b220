import { ATTR } from '../semconv.js';
import type { CodeLocation, EventRecord, TaskDescription } from '../types.js';
import { placeName } from './errors/code-place.js';

/** What an event says of its task. The line to go to is the event's own affair. */
export function taskRecordAttributes(task: TaskDescription): EventRecord['attributes'] {
  return {
    [ATTR.TASK_ID]: task.id,
    [ATTR.TASK_KIND]: task.kind,
    [ATTR.TASK_TYPE]: task.type,
    ...(task.site ? { [ATTR.TASK_SITE]: fullPlace(task.site) } : undefined),
    ...(task.chain.length > 0 ? { [ATTR.TASK_CHAIN]: task.chain } : undefined),
  };
}

/** `in checkout (src/cart.ts:12:9)`, or `at src/cart.ts:12:9` where the name would say nothing new. */
export function createdAt(site: CodeLocation, taskName: string): string {
  const { functionName } = site;
  if (functionName === undefined || functionName === taskName) {
    return `at ${placeName({ ...site, functionName: undefined })}`;
  }
  return `in ${placeName(site)}`;
}

function fullPlace({ file, line, column }: CodeLocation): string {
  return `${file}:${line}:${column}`;
}

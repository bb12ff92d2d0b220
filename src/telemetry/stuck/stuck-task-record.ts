import type { StuckTask } from '../../detectors/stuck-tasks.js';
import { waitPlaceOf } from '../../detectors/waits.js';
import { ATTR, EVENT } from '../../semconv.js';
import { nameOfTask } from '../../tasks/names.js';
import type { Site } from '../../tasks/sites/site-table.js';
import { locationOf } from '../../tasks/sites/source-maps.js';
import type { Task } from '../../tasks/task.js';
import type { CodeLocation, EventRecord, TaskDescription, TraceIdentity } from '../../types.js';
import { seconds } from '../callbacks/slow-run-events.js';
import { placeAttributes, placeName, publicLocation } from '../errors/code-place.js';
import { createdAt, taskRecordAttributes } from '../task-record.js';
import { WORKER_ATTRIBUTE } from '../thread-attribute.js';

export interface StuckTaskFacts {
  found: StuckTask;
  description: TaskDescription;
  ageMs: number;
  folded: number;
  /** Milliseconds since 1970. */
  timeMs: number;
  trace: TraceIdentity | undefined;
}

/** Whether it ever goes on nobody can know: `suspected`. That nothing has happened is sure. */
export function stuckTaskRecord(facts: StuckTaskFacts): EventRecord {
  const { found, description, folded, trace } = facts;
  const site = description.site && publicLocation(description.site);
  const waitsAt = placeOf(waitPlaceOf(found.owner));
  const [awaited] = found.awaited;
  const line = waitsAt ?? placeOf(awaited?.site) ?? site;
  const record: EventRecord = {
    eventName: EVENT.TASK_STUCK,
    body: sentence(facts, site, waitsAt),
    severity: 'WARN',
    timeMs: facts.timeMs,
    attributes: {
      [ATTR.STUCK_DURATION]: seconds(found.stillMs),
      [ATTR.TASK_AGE]: seconds(facts.ageMs),
      ...(waitsAt && { [ATTR.TASK_WAITS_AT]: placeText(waitsAt) }),
      ...(awaited && { [ATTR.STUCK_WAITS_FOR]: placedName(awaited) }),
      ...taskRecordAttributes({ ...description, site }),
      ...(line && placeAttributes(line)),
      [ATTR.FINDING_CERTAINTY]: 'suspected',
      ...(folded > 0 && { [ATTR.FOLDED_COUNT]: folded }),
      ...WORKER_ATTRIBUTE,
    },
  };
  if (trace) record.trace = trace;
  return record;
}

function sentence(
  { found, description, folded }: StuckTaskFacts,
  site: CodeLocation | undefined,
  waitsAt: CodeLocation | undefined,
): string {
  const { name } = description;
  let text = `${name} may be stuck: nothing has happened in its trace for ${wholeSeconds(found.stillMs)}`;
  const [awaited] = found.awaited;
  if (waitsAt) text += `; it waits at ${placeName(waitsAt)}`;
  if (awaited) text += `; it waits for ${shortName(awaited)}`;
  if (site) text += `; created ${createdAt(site, name)}`;
  if (folded > 0) text += `; ${folded} more like it since the last record`;
  return `${text}.`;
}

function placeOf(site: Site | undefined): CodeLocation | undefined {
  const place = site && locationOf(site);
  return place && publicLocation(place);
}

function placeText({ file, line, column }: CodeLocation): string {
  return `${file}:${line}:${column}`;
}

function placedName(task: Task): string {
  const place = placeOf(task.site);
  return place ? `${nameOfTask(task)} (${placeText(place)})` : nameOfTask(task);
}

function shortName(task: Task): string {
  const place = placeOf(task.site);
  if (place === undefined) return nameOfTask(task);
  return `${nameOfTask(task)} (${placeName({ ...place, functionName: undefined })})`;
}

function wholeSeconds(ms: number): string {
  return `${Math.round(ms / 1_000)} s`;
}

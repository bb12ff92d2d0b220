import { ATTR, EVENT } from '../../semconv.js';
import type { SlowRun } from '../../tasks/run-watch.js';
import type { Task } from '../../tasks/task.js';
import type { Certainty, EventRecord, TaskDescription, TraceIdentity } from '../../types.js';
import { placeAttributes, publicLocation } from '../errors/code-place.js';
import { createdAt, taskRecordAttributes } from '../task-record.js';
import { WORKER_ATTRIBUTE } from '../thread-attribute.js';
import { seconds, slowRunAttributes } from './slow-run-events.js';
import type { Starvation } from './starvation-log.js';

/** Less of a run's time is not worth a word. */
const WORTH_SAYING = 0.1;

/** What may have made a run longer than its code is. */
export interface Interference {
  /** Garbage collections within it. */
  gcMs: number;
  starvation: Starvation;
  debugger: boolean;
}

export interface SlowCallbackFacts {
  run: SlowRun;
  task: Task | undefined;
  description: TaskDescription | undefined;
  /** It was no task's: the trace began with it whose root span has this name. */
  beginOf?: string | undefined;
  interference: Interference;
  thresholdMs: number;
  folded: number;
  /** When it ended. */
  timeMs: number;
  trace: TraceIdentity | undefined;
}

export function slowCallbackRecord(facts: SlowCallbackFacts): EventRecord {
  const { run, task, description, interference, folded, trace } = facts;
  const site = description?.site && publicLocation(description.site);
  const certainty = certaintyOf(facts);
  const record: EventRecord = {
    eventName: EVENT.CALLBACK_SLOW,
    body: sentence(facts, site),
    severity: certainty === 'suspected' ? 'INFO' : 'WARN',
    timeMs: facts.timeMs,
    attributes: {
      ...slowRunAttributes(task, run),
      ...(interference.gcMs > 0 && { [ATTR.CALLBACK_GC_TIME]: seconds(interference.gcMs) }),
      ...(isStarved(facts) && { [ATTR.CALLBACK_STARVED_TIME]: seconds(interference.starvation.likelyMs) }),
      ...(description && taskRecordAttributes({ ...description, site })),
      ...(site && placeAttributes(site)),
      [ATTR.FINDING_CERTAINTY]: certainty,
      ...(folded > 0 && { [ATTR.FOLDED_COUNT]: folded }),
      ...WORKER_ATTRIBUTE,
    },
  };
  if (trace) record.trace = trace;
  return record;
}

/**
 * Would it have been too long without what others did to it? One whose creation nobody looked at may be the SDK's, and is
 * held against nobody.
 */
function certaintyOf({ run, description, beginOf, interference, thresholdMs }: SlowCallbackFacts): Certainty {
  if (description?.site === undefined && beginOf === undefined) return 'suspected';
  const ownMs = run.durationMs - interference.gcMs;
  if (interference.debugger || ownMs - interference.starvation.likelyMs < thresholdMs) return 'suspected';
  // what else was queued before a trace that a microtask began may have run within its time
  const isProven = beginOf === undefined && ownMs - interference.starvation.mostMs >= thresholdMs;
  return isProven ? 'proven' : 'likely';
}

function isStarved({ run, interference }: SlowCallbackFacts): boolean {
  return interference.starvation.likelyMs > run.durationMs * WORTH_SAYING;
}

function sentence(facts: SlowCallbackFacts, site: TaskDescription['site']): string {
  const { run, task, description, beginOf, interference, folded } = facts;
  const name = description?.name || 'A task without a name';
  let text = `${subject(facts, name)} ran for ${millis(run.durationMs)} without a break`;
  if (site) text += `; created ${createdAt(site, name)}`;
  else if (beginOf === undefined) text += '; its creation site is not known (`sitesPerSecond`)';
  const { busiest } = run;
  if (busiest !== undefined && busiest !== task) {
    text += `; ${millis(run.busiestMs)} of it in ${slowRunAttributes(task, run)[ATTR.CALLBACK_BUSIEST]}`;
  }
  if (interference.gcMs > run.durationMs * WORTH_SAYING)
    text += `; ${millis(interference.gcMs)} of it was garbage collection`;
  if (isStarved(facts)) {
    text += `; the machine is short of processors, about ${millis(interference.starvation.likelyMs)} of it may be waiting`;
  }
  if (interference.debugger) text += '; a debugger may have stopped it';
  if (folded > 0) text += `; ${folded} more like it since the last record`;
  return `${text}.`;
}

function subject({ description, beginOf }: SlowCallbackFacts, name: string): string {
  if (beginOf !== undefined)
    return `The code that began ${beginOf || 'a trace'}, before it waited for anything,`;
  return description === undefined ? 'A callback of no known task' : name;
}

function millis(ms: number): string {
  return ms >= 10 ? `${Math.round(ms)} ms` : `${ms.toFixed(1)} ms`;
}

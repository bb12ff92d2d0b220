import type { SyncCall } from '../../probes/sync-calls/sync-call-probe.js';
import { ATTR, EVENT } from '../../semconv.js';
import type { Site } from '../../tasks/sites/site-table.js';
import { locationOf } from '../../tasks/sites/source-maps.js';
import type { EventRecord, TaskDescription, TraceIdentity } from '../../types.js';
import type { Starvation } from '../callbacks/starvation-log.js';
import { placeAttributes, placeName, publicLocation } from '../errors/code-place.js';
import { taskRecordAttributes } from '../task-record.js';
import { WORKER_ATTRIBUTE } from '../thread-attribute.js';

export interface SyncIoFacts {
  call: SyncCall;
  /** Where it was called: the nearest user code. */
  site: Site;
  frames: readonly Site[];
  task: TaskDescription | undefined;
  starvation: Starvation;
  thresholdMs: number;
  folded: number;
  /** When it returned. */
  timeMs: number;
  trace: TraceIdentity | undefined;
}

export function syncIoRecord(facts: SyncIoFacts): EventRecord {
  const { call, task, folded, trace, starvation } = facts;
  const location = locationOf(facts.site);
  const site = location && publicLocation(location);
  // the call was made; whether it is slow where a processor is free is another question
  const isSlow = call.durationMs - starvation.likelyMs >= facts.thresholdMs;
  const record: EventRecord = {
    eventName: EVENT.SYNC_IO,
    body: sentence(facts, site && placeName(site), isSlow),
    severity: isSlow ? 'WARN' : 'INFO',
    timeMs: facts.timeMs,
    attributes: {
      [ATTR.SYNC_IO_CALL]: call.name,
      [ATTR.SYNC_IO_DURATION]: Math.round(call.durationMs * 1_000) / 1e6,
      ...(site && placeAttributes(site)),
      [ATTR.CODE_STACKTRACE]: stackText(facts.frames),
      ...(task && taskRecordAttributes(task)),
      [ATTR.FINDING_CERTAINTY]: isSlow ? 'proven' : 'suspected',
      ...(folded > 0 && { [ATTR.FOLDED_COUNT]: folded }),
      ...WORKER_ATTRIBUTE,
    },
  };
  if (trace) record.trace = trace;
  return record;
}

function sentence({ call, folded }: SyncIoFacts, place: string | undefined, isSlow: boolean): string {
  const ms = call.durationMs >= 10 ? Math.round(call.durationMs) : call.durationMs.toFixed(1);
  let text = `${call.name} held the event loop for ${ms} ms`;
  if (place !== undefined) text += `; called in ${place}`;
  if (!isSlow) text += '; most of it the machine had no processor for it';
  if (folded > 0) text += `; ${folded} more like it since the last record`;
  return `${text}.`;
}

function stackText(frames: readonly Site[]): string {
  return frames
    .map((frame) => {
      const location = locationOf(frame);
      const name = location?.functionName ?? frame.functionName ?? '<anonymous>';
      if (location === undefined) return `    at ${name} (native)`;
      const { file, line, column } = publicLocation(location);
      return `    at ${name} (${file}:${line}:${column})`;
    })
    .join('\n');
}

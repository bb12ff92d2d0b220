import type { ThrownDescription } from '../../base/thrown.js';
import { ATTR, EVENT } from '../../semconv.js';
import { mapLocation } from '../../tasks/sites/source-maps.js';
import { parseStack } from '../../tasks/sites/stack-text.js';
import type { CodeLocation, ErrorOrigin, EventRecord, TaskDescription, TraceIdentity } from '../../types.js';
import { createdAt, taskRecordAttributes } from '../task-record.js';
import { WORKER_ATTRIBUTE } from '../thread-attribute.js';
import { placeAttributes, placeName, publicLocation } from './code-place.js';

/** All that is known of a failure when its record is written. */
export interface ExceptionFacts {
  thrown: ThrownDescription;
  causes: readonly ThrownDescription[];
  moreCauses: boolean;
  origin: ErrorOrigin;
  ends: 'process' | 'thread' | undefined;
  /** Where it was thrown, mapped to the source. */
  site: CodeLocation | undefined;
  /** The task of the promise, or the one that was running. */
  task: TaskDescription | undefined;
  folded: number;
  timeMs: number;
  trace: TraceIdentity | undefined;
}

const MAX_STACKTRACE = 32_768;
const MAX_SENTENCE_MESSAGE = 300;

/** The `exception` record. Without messages nothing of what the application wrote into the error is in it. */
export function exceptionRecord(facts: ExceptionFacts, withMessages: boolean): EventRecord {
  const { thrown, origin, site, task, folded, trace } = facts;
  const where = site ?? task?.site;
  const stack = stacktrace(facts, withMessages);
  const record: EventRecord = {
    eventName: EVENT.EXCEPTION,
    body: sentence(facts, withMessages),
    severity: facts.ends === 'process' ? 'FATAL' : 'ERROR',
    timeMs: facts.timeMs,
    attributes: {
      [ATTR.EXCEPTION_TYPE]: thrown.type,
      ...(withMessages && thrown.message ? { [ATTR.EXCEPTION_MESSAGE]: thrown.message } : undefined),
      ...(stack ? { [ATTR.EXCEPTION_STACKTRACE]: stack } : undefined),
      [ATTR.ERROR_TYPE]: thrown.type,
      [ATTR.ERROR_ORIGIN]: origin,
      ...(where ? placeAttributes(where) : undefined),
      ...(task ? taskRecordAttributes(task) : undefined),
      ...(folded > 0 ? { [ATTR.FOLDED_COUNT]: folded } : undefined),
      ...WORKER_ATTRIBUTE,
    },
  };
  if (trace) record.trace = trace;
  return record;
}

/** `Unhandled rejection: TypeError: x is not a function; thrown in checkout (src/cart.ts:12:9).` */
function sentence(
  { thrown, origin, ends, site, task, folded }: ExceptionFacts,
  withMessages: boolean,
): string {
  const what = origin === 'unhandled_rejection' ? 'Unhandled rejection' : 'Uncaught exception';
  const { type, message, isError } = thrown;
  const line = withMessages ? firstLine(message) : '';
  const said = line && (isError ? `: ${line}` : ` "${line}"`);
  let text = `${what}${ends ? ` ends the ${ends}` : ''}: ${type}${said}`;
  if (!isError && /^\p{Lu}/u.test(type)) text += ', which is no error';
  if (site) text += `; thrown ${site.functionName ? 'in' : 'at'} ${placeName(site)}`;
  if (task) text += `; in ${task.name}${task.site ? `, created ${createdAt(task.site, task.name)}` : ''}`;
  if (folded > 0) text += `; ${folded} more like it since the last record`;
  return `${text}.`;
}

function firstLine(message: string): string {
  const line = message.trimStart().split('\n', 1)[0]?.trimEnd() ?? '';
  const short = line.length > MAX_SENTENCE_MESSAGE ? `${line.slice(0, MAX_SENTENCE_MESSAGE)}…` : line;
  return short.replace(/\.$/, '');
}

/** Empty where it would say no more than the type. */
function stacktrace({ thrown, causes, moreCauses }: ExceptionFacts, withMessages: boolean): string {
  if (thrown.frames.length === 0 && causes.length === 0) return '';
  const parts = [stackOf(thrown, withMessages)];
  for (const cause of causes) parts.push(`Caused by: ${stackOf(cause, withMessages)}`);
  if (moreCauses) parts.push('Caused by: more, left out');
  const text = parts.join('\n');
  return text.length > MAX_STACKTRACE ? `${text.slice(0, MAX_STACKTRACE)}…` : text;
}

function stackOf({ type, message, frames }: ThrownDescription, withMessages: boolean): string {
  const head = withMessages && message ? `${type}: ${message}` : type;
  return [head, ...frames.flatMap((line) => frameText(line, withMessages))].join('\n');
}

/** A frame in the source's own coordinates. Without messages only what has the form of a frame. */
function frameText(line: string, asWritten: boolean): string[] {
  const raw = parseStack(line, 1)[0];
  if (raw === undefined) return asWritten ? [line] : [];
  const mapped = mapLocation(raw);
  const moved = mapped.line !== raw.line || mapped.column !== raw.column || mapped.file !== raw.file;
  if (asWritten && !moved) return [line];
  const { functionName, file, line: row, column } = publicLocation(mapped);
  const place = `${file}:${row}:${column}`;
  const prefix = /^\s*at async /.test(line) ? 'async ' : '';
  return [`    at ${prefix}${functionName ? `${functionName} (${place})` : place}`];
}

import type { Context, Span } from '@opentelemetry/api';
import { describeCauses, type ThrownDescription } from '../../base/thrown.js';
import type { UnhandledFailure } from '../../probes/errors.js';
import { mapLocation } from '../../tasks/sites/source-maps.js';
import type { EventRecord, TaskDescription } from '../../types.js';
import { publicLocation } from './code-place.js';
import type { ExceptionFacts } from './exception-record.js';
import { identityOf } from './exception-span.js';
import { throwPlaceOf } from './throw-place.js';

/** What is noted of a failure at first sight, and kept until it is handled late or its promise is gone. */
export interface Note {
  timeMs: number;
  context: Context | undefined;
  span: Span | undefined;
  task: TaskDescription | undefined;
  /** The record as it left; only of those that did. */
  released?: EventRecord;
}

export type Failure = UnhandledFailure<Note>;

/** One kind of error: its type and the nearest line of user code. */
export function kindKey(thrown: ThrownDescription, task: TaskDescription | undefined): string {
  const site = throwPlaceOf(thrown).site ?? task?.site;
  return `${thrown.type} ${site ? `${site.file}:${site.line}:${site.column}` : ''}`;
}

/** Gathers what the record of a failure is written from. */
export function factsOf(
  { error, origin, note }: Failure,
  thrown: ThrownDescription,
  ends: ExceptionFacts['ends'],
  folded: number,
): ExceptionFacts {
  const site = throwPlaceOf(thrown).site;
  const { causes, more } = describeCauses(error);
  return {
    thrown,
    causes,
    moreCauses: more,
    origin,
    ends,
    site: site && publicLocation(mapLocation(site, ends !== undefined)),
    task: note.task?.site ? { ...note.task, site: publicLocation(note.task.site) } : note.task,
    folded,
    timeMs: note.timeMs,
    trace: identityOf(note.span) ?? note.task?.trace,
  };
}

import type { TaskOutcome } from '../../types.js';
import { EVENT_WORDS, type FlightMemory, HEAD, TIMES, WHAT, WORDS } from './flight-memory.js';
import { type LabelFacts, OUTCOMES } from './flight-writer.js';

/** What became of a task at one moment. Times are milliseconds since 1970. */
export type FlightEvent = { atMs: number; task: number; label: number } & (
  | { what: 'created'; parent: number }
  /** It ran until then, for so long. */
  | { what: 'ran'; ms: number }
  | { what: 'ended'; outcome: TaskOutcome }
  | { what: 'failed'; error: number }
);

/** The last seconds of a thread. */
export interface Recording {
  fromMs: number;
  untilMs: number;
  /** In order of time. */
  events: FlightEvent[];
  /** Runs that are not over, outermost first. */
  running: { task: number; label: number; fromMs: number }[];
  labels: readonly LabelFacts[];
}

/** Copies what happened since `seconds` before `nowMs` (since 1970). Another thread may be writing meanwhile. */
export function readFlight(memory: FlightMemory, seconds: number, nowMs: number): Recording {
  const { head, times, origin } = memory;
  const capacity = times.length / TIMES;
  const written = head[HEAD.WRITTEN] as number;
  const originMs = origin[0] as number;
  const fromMs = nowMs - seconds * 1_000;
  const events: FlightEvent[] = [];
  // the counter wraps around: what was never written has no name
  for (let back = 1; back <= capacity; back++) {
    const event = eventAt(memory, (written - back) & (capacity - 1), originMs);
    // a run that began within the time counts, also if others that ended later come before it
    if (event === undefined || event.atMs < fromMs) break;
    events.push(event);
  }
  return {
    fromMs: Math.max(fromMs, originMs),
    untilMs: nowMs,
    events: events.reverse(),
    running: runningOf(memory, originMs),
    labels: labelsOf(memory),
  };
}

function eventAt({ times, words }: FlightMemory, index: number, originMs: number): FlightEvent | undefined {
  const atMs = originMs + (times[index * TIMES] as number);
  const value = times[index * TIMES + 1] as number;
  const word = (which: number) => words[index * WORDS + which] as number;
  const common = { atMs, task: word(EVENT_WORDS.TASK), label: word(EVENT_WORDS.LABEL) };
  const other = word(EVENT_WORDS.OTHER);
  switch (word(EVENT_WORDS.WHAT)) {
    case WHAT.CREATED:
      return { ...common, what: 'created', parent: other };
    case WHAT.RAN:
      return { ...common, what: 'ran', ms: value };
    case WHAT.ENDED:
      return { ...common, what: 'ended', outcome: OUTCOMES[value] ?? 'pending' };
    case WHAT.FAILED:
      return { ...common, what: 'failed', error: other };
    default:
      return undefined;
  }
}

function runningOf({ head, running, runningFrom }: FlightMemory, originMs: number): Recording['running'] {
  const depth = Math.min(head[HEAD.DEPTH] as number, runningFrom.length);
  return Array.from({ length: depth }, (_, at) => ({
    task: running[2 * at] as number,
    label: running[2 * at + 1] as number,
    fromMs: originMs + (runningFrom[at] as number),
  }));
}

function labelsOf({ head, labelEnds, text }: FlightMemory): LabelFacts[] {
  const decoder = new TextDecoder();
  return Array.from({ length: head[HEAD.LABELS] as number }, (_, index) => {
    const start = index === 0 ? 0 : (labelEnds[index - 1] as number);
    // a copy: some decoders refuse shared memory
    return JSON.parse(decoder.decode(text.slice(start, labelEnds[index]))) as LabelFacts;
  });
}

import type { TaskOutcome } from '../../types.js';
import { DEPTH, EVENT, type FlightMemory, HEAD, ORIGIN, RING, RUNNING, WHAT } from './flight-memory.js';
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
  running: { task: number; label: number; parent: number; fromMs: number }[];
  labels: readonly LabelFacts[];
}

/** Copies what happened since `seconds` before `nowMs` (since 1970). Another thread may be writing meanwhile. */
export function readFlight(memory: FlightMemory, seconds: number, nowMs: number): Recording {
  const { head, numbers } = memory;
  const capacity = (numbers.length - RING) / 4;
  const written = head[HEAD.WRITTEN] as number;
  const originMs = numbers[ORIGIN] as number;
  const fromMs = nowMs - seconds * 1_000;
  const events: FlightEvent[] = [];
  // the counter wraps around: what was never written has no name
  for (let back = 1; back <= capacity; back++) {
    const told = eventsAt(numbers, (written - back) & (capacity - 1), originMs);
    // a run that began within the time counts, also if others that ended later come before it
    if (told.length === 0 || (told[0] as FlightEvent).atMs < fromMs) break;
    for (const event of told) if (event.atMs >= fromMs) events.push(event);
  }
  events.reverse();
  return {
    fromMs: Math.max(fromMs, originMs),
    untilMs: nowMs,
    // a creation that was told with the first run was before what that run did
    events: events.sort((a, b) => a.atMs - b.atMs),
    running: runningOf(memory, originMs),
    labels: labelsOf(memory),
  };
}

/** What one place of the ring tells, latest first. */
function eventsAt(numbers: Float64Array, index: number, originMs: number): FlightEvent[] {
  const at = RING + index * 4;
  const atMs = originMs + (numbers[at] as number);
  const ms = numbers[at + 1] as number;
  const { what, outcome, label, other } = partsOf(numbers[at + 3] as number);
  const common = { atMs, task: numbers[at + 2] as number, label };
  const ended: FlightEvent = { ...common, what: 'ended', outcome: OUTCOMES[outcome] ?? 'pending' };
  const ran: FlightEvent = { ...common, what: 'ran', ms };
  switch (what) {
    case WHAT.CREATED:
      return [{ ...common, what: 'created', parent: other }];
    case WHAT.RAN_FIRST: {
      const created: FlightEvent = { ...common, atMs: atMs - ms, what: 'created', parent: other };
      return outcome === 0 ? [ran, created] : [ended, ran, created];
    }
    case WHAT.RAN:
      return outcome === 0 ? [ran] : [ended, ran];
    case WHAT.ENDED:
      return [ended];
    case WHAT.FAILED:
      return [{ ...common, what: 'failed', error: other }];
    default:
      return [];
  }
}

function partsOf(rest: number) {
  const part = (from: number, until: number) => Math.floor(rest / from) % (until / from);
  return {
    what: part(EVENT.WHAT, EVENT.OUTCOME),
    outcome: part(EVENT.OUTCOME, EVENT.LABEL),
    label: part(EVENT.LABEL, EVENT.OTHER),
    other: Math.floor(rest / EVENT.OTHER),
  };
}

function runningOf({ head, numbers }: FlightMemory, originMs: number): Recording['running'] {
  const depth = Math.min(head[HEAD.DEPTH] as number, DEPTH);
  return Array.from({ length: depth }, (_, index) => {
    const at = RUNNING + index * 3;
    const [fromMs, task, rest] = numbers.subarray(at, at + 3) as unknown as [number, number, number];
    const { label, other: parent } = partsOf(rest);
    return { task, label, parent, fromMs: originMs + fromMs };
  });
}

function labelsOf({ head, labelEnds, text }: FlightMemory): LabelFacts[] {
  const decoder = new TextDecoder();
  return Array.from({ length: head[HEAD.LABELS] as number }, (_, index) => {
    const start = index === 0 ? 0 : (labelEnds[index - 1] as number);
    // a copy: some decoders refuse shared memory
    return JSON.parse(decoder.decode(text.slice(start, labelEnds[index]))) as LabelFacts;
  });
}

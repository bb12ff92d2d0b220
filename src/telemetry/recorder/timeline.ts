import { ATTR, SPAN } from '../../semconv.js';
import type { FlightEvent, Recording } from '../../tasks/recorder/flight-reader.js';
import type { EventRecord, TaskOutcome } from '../../types.js';

export type RecordingReason = 'crash' | 'blocked_loop' | 'stuck_task' | 'request';

/** What may be told of a task's place, after redaction. */
export interface TaskLabel {
  name: string;
  attributes: EventRecord['attributes'];
}

/** A piece of the timeline, drawn as a span. Times are milliseconds since 1970. */
export interface TimelineSpan {
  name: string;
  startMs: number;
  endMs: number;
  attributes: EventRecord['attributes'];
  events: { name: string; atMs: number; attributes: EventRecord['attributes'] }[];
  failed: boolean;
  children: TimelineSpan[];
}

interface Run {
  fromMs: number;
  untilMs: number;
  isOver: boolean;
}

interface Life {
  task: number;
  label: number;
  parent: number;
  createdMs: number | undefined;
  endedMs: number | undefined;
  outcome: TaskOutcome;
  errors: { atMs: number; label: number }[];
  runs: Run[];
  lastMs: number;
}

const MOST_TASKS = 40;
const MOST_RUNS_OF_A_TASK = 5;
const SHORTEST_MS = 0.001;

/**
 * A recording as a tree of spans: below one for the whole, a span for each of the tasks that were last at work, from
 * its creation to its end, and below that a span for each of its longest runs. What is between two runs is waiting. The
 * task that it is `about` is there in any case, where it was at work.
 */
export function timelineOf(
  recording: Recording,
  reason: RecordingReason,
  labelOf: (label: number) => TaskLabel,
  about?: number,
): TimelineSpan {
  const lives = livesOf(recording);
  const isAbout = ({ task }: Life) => Number(task === about);
  const told = worthTelling([...lives.values()], recording)
    .sort((a, b) => isAbout(b) - isAbout(a) || b.lastMs - a.lastMs)
    .slice(0, MOST_TASKS);
  const children = told
    .sort((a, b) => startOf(a, recording) - startOf(b, recording))
    .map((life) => spanOf(life, recording, labelOf));
  const startMs = Math.min(recording.untilMs - SHORTEST_MS, ...children.map((child) => child.startMs));
  return {
    name: SPAN.RECORDING,
    startMs,
    endMs: recording.untilMs,
    attributes: {
      [ATTR.RECORDING_REASON]: reason,
      [ATTR.RECORDING_EVENTS]: recording.events.length,
      [ATTR.RECORDING_TASKS_LEFT_OUT]: lives.size - told.length,
    },
    events: [],
    failed: false,
    children,
  };
}

/**
 * Those that were at work: the application's own, and of Node's and of libraries those that are running or have failed;
 * all where none is its own.
 */
function worthTelling(lives: readonly Life[], { labels }: Recording): Life[] {
  const atWork = lives.filter((life) => life.runs.length > 0 || life.errors.length > 0);
  const isOwn = ({ label }: Life) => labels[label]?.own === true;
  if (!atWork.some(isOwn)) return atWork;
  return atWork.filter(
    (life) => isOwn(life) || life.errors.length > 0 || life.runs.some((run) => !run.isOver),
  );
}

/** Each task of a recording, by its id. */
function livesOf({ events, running, untilMs }: Recording): Map<number, Life> {
  const lives = new Map<number, Life>();
  const lifeOf = ({ task, label }: { task: number; label: number }): Life => {
    let life = lives.get(task);
    if (life === undefined) {
      life = {
        task,
        label,
        parent: 0,
        createdMs: undefined,
        endedMs: undefined,
        outcome: 'pending',
        errors: [],
        runs: [],
        lastMs: 0,
      };
      lives.set(task, life);
    }
    return life;
  };
  for (const event of events) note(lifeOf(event), event);
  for (const run of running) {
    const life = lifeOf(run);
    life.runs.push({ fromMs: run.fromMs, untilMs, isOver: false });
    life.parent ||= run.parent;
    life.lastMs = untilMs;
  }
  return lives;
}

function note(life: Life, event: FlightEvent): void {
  // named and looked at again since it was made
  life.label = event.label;
  life.lastMs = event.atMs;
  switch (event.what) {
    case 'created':
      life.createdMs = event.atMs;
      life.parent = event.parent;
      break;
    case 'ran':
      life.runs.push({ fromMs: event.atMs - event.ms, untilMs: event.atMs, isOver: true });
      break;
    case 'ended':
      life.endedMs = event.atMs;
      life.outcome = event.outcome;
      break;
    case 'failed':
      life.outcome = 'rejected';
      life.errors.push({ atMs: event.atMs, label: event.error });
  }
}

function startOf(life: Life, { fromMs }: Recording): number {
  return Math.max(fromMs, life.createdMs ?? life.runs[0]?.fromMs ?? life.lastMs);
}

function spanOf(life: Life, recording: Recording, labelOf: (label: number) => TaskLabel): TimelineSpan {
  const { name, attributes } = labelOf(life.label);
  const startMs = startOf(life, recording);
  const endMs = Math.max(startMs + SHORTEST_MS, ...ends(life, recording));
  const busyMs = life.runs.reduce((sum, run) => sum + run.untilMs - run.fromMs, 0);
  return {
    name,
    startMs,
    endMs,
    attributes: {
      ...attributes,
      [ATTR.TASK_ID]: life.task,
      [ATTR.TASK_OUTCOME]: life.outcome,
      [ATTR.TASK_RUNS]: life.runs.length,
      [ATTR.TASK_BUSY_TIME]: busyMs / 1_000,
      ...(life.parent > 0 && { [ATTR.TASK_TRIGGER_ID]: life.parent }),
    },
    events: life.errors.map(({ atMs, label }) => ({
      name: 'exception',
      atMs,
      attributes: { [ATTR.EXCEPTION_TYPE]: labelOf(label).name },
    })),
    failed: life.errors.length > 0,
    children: runsOf(life, Math.max(recording.fromMs, startMs)),
  };
}

/** One that has not ended is there until the end of the recording. */
function ends(life: Life, { untilMs }: Recording): number[] {
  return [life.endedMs ?? untilMs, ...life.runs.map((run) => run.untilMs)];
}

const NO_ATTRIBUTES: EventRecord['attributes'] = {};

function runsOf(life: Life, fromMs: number): TimelineSpan[] {
  return [...life.runs]
    .sort((a, b) => b.untilMs - b.fromMs - (a.untilMs - a.fromMs))
    .slice(0, MOST_RUNS_OF_A_TASK)
    .sort((a, b) => a.fromMs - b.fromMs)
    .map((run) => {
      const startMs = Math.max(fromMs, run.fromMs);
      return {
        name: run.isOver ? 'run' : 'running',
        startMs,
        endMs: Math.max(startMs + SHORTEST_MS, run.untilMs),
        attributes: run.isOver ? NO_ATTRIBUTES : { [ATTR.RECORDING_RUNNING]: true },
        events: [],
        failed: false,
        children: [],
      };
    });
}

import type { TaskOutcome } from '../../types.js';
import type { Birth } from '../birth.js';
import type { Site } from '../sites/site-table.js';
import type { Task } from '../task.js';
import { EVENT_WORDS, type FlightMemory, HEAD, TIMES, WHAT, WORDS } from './flight-memory.js';

/** Told by the registry of what becomes of tasks. Nothing in it may allocate, but where a task is the first of its kind. */
export interface TaskRecorder {
  created(task: Task, now: number): void;
  began(depth: number, task: Task, now: number): void;
  ran(depth: number, task: Task, startMs: number, endMs: number): void;
  ended(task: Task, now: number): void;
  failed(task: Task, errorType: string, now: number): void;
}

/** What the reader is told of a task's birth, as JSON. */
export interface LabelFacts {
  name: string;
  kind: string;
  type: string;
  /** The creation site, before source maps. */
  site?: Site;
}

export const OUTCOMES: readonly TaskOutcome[] = [
  'pending',
  'fulfilled',
  'rejected',
  'completed',
  'cleared',
  'lost',
];
/** The label of what has no place in the memory any more. */
export const NO_LABEL = 0;

export class FlightWriter implements TaskRecorder {
  readonly #births = new Map<Birth, number>();
  readonly #errors = new Map<string, number>();
  readonly #encoder = new TextEncoder();
  readonly #mask: number;
  #written = 0;
  #lastBirth: Birth | undefined;
  #lastLabel = NO_LABEL;

  constructor(private readonly memory: FlightMemory) {
    this.#mask = memory.times.length / TIMES - 1;
    this.#addLabel({ name: 'another task', kind: '', type: '' });
  }

  created(task: Task, now: number): void {
    this.#write(WHAT.CREATED, task.id, this.#labelOf(task.birth), task.parent?.id ?? 0, now, 0);
  }

  began(depth: number, task: Task, now: number): void {
    const { runningFrom, running, head } = this.memory;
    // deeper ones fall outside of the arrays, where nothing is written
    runningFrom[depth] = now;
    running[2 * depth] = task.id;
    running[2 * depth + 1] = this.#labelOf(task.birth);
    head[HEAD.DEPTH] = depth + 1;
  }

  ran(depth: number, task: Task, startMs: number, endMs: number): void {
    this.memory.head[HEAD.DEPTH] = depth;
    this.#write(WHAT.RAN, task.id, this.#labelOf(task.birth), 0, endMs, endMs - startMs);
  }

  ended(task: Task, now: number): void {
    const outcome = OUTCOMES.indexOf(task.outcome);
    this.#write(WHAT.ENDED, task.id, this.#labelOf(task.birth), 0, now, outcome);
  }

  failed(task: Task, errorType: string, now: number): void {
    let label = this.#errors.get(errorType);
    if (label === undefined) {
      label = this.#addLabel({ name: errorType, kind: 'error', type: '' });
      if (label !== NO_LABEL) this.#errors.set(errorType, label);
    }
    this.#write(WHAT.FAILED, task.id, this.#labelOf(task.birth), label, now, 0);
  }

  #write(what: number, task: number, label: number, other: number, atMs: number, value: number): void {
    const { times, words, head } = this.memory;
    const index = this.#written & this.#mask;
    times[index * TIMES] = atMs;
    times[index * TIMES + 1] = value;
    words[index * WORDS + EVENT_WORDS.WHAT] = what;
    words[index * WORDS + EVENT_WORDS.TASK] = task;
    words[index * WORDS + EVENT_WORDS.LABEL] = label;
    words[index * WORDS + EVENT_WORDS.OTHER] = other;
    this.#written = (this.#written + 1) | 0;
    head[HEAD.WRITTEN] = this.#written;
  }

  #labelOf(birth: Birth): number {
    if (birth === this.#lastBirth) return this.#lastLabel;
    let label = this.#births.get(birth);
    if (label === undefined) {
      const { name, kind, type, site } = birth;
      label = this.#addLabel({ name, kind, type, site });
      if (label !== NO_LABEL) this.#births.set(birth, label);
    }
    this.#lastBirth = birth;
    this.#lastLabel = label;
    return label;
  }

  /** Labels are never taken back: where the memory is full, tasks of new places are `another task`. */
  #addLabel(facts: LabelFacts): number {
    const { head, labelEnds, text } = this.memory;
    const index = head[HEAD.LABELS] as number;
    const start = index === 0 ? 0 : (labelEnds[index - 1] as number);
    if (index >= labelEnds.length) return NO_LABEL;
    // `encodeInto` refuses shared memory on some versions of Node
    const bytes = this.#encoder.encode(JSON.stringify(facts));
    if (start + bytes.length > text.length) return NO_LABEL;
    text.set(bytes, start);
    labelEnds[index] = start + bytes.length;
    head[HEAD.LABELS] = index + 1;
    return index;
  }
}

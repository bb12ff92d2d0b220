import type { TaskOutcome } from '../../types.js';
import type { Birth } from '../birth.js';
import { asWritten } from '../sites/in-file.js';
import type { Site } from '../sites/site-table.js';
import type { Task } from '../task.js';
import { createFlightMemory, EVENT, HEAD, ORIGIN, RING, WHAT } from './flight-memory.js';
import { createRunWriter } from './run-writer.js';

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
  /** It is the application's own, and none of Node's or a library's. */
  own?: boolean;
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

let writers = 0;

export class FlightWriter implements TaskRecorder {
  readonly #number = ++writers;
  readonly #errors = new Map<string, number>();
  readonly #encoder = new TextEncoder();
  readonly #mask: number;
  /** For those that have a task's entry at hand. */
  readonly runs;

  constructor(readonly memory = createFlightMemory()) {
    this.runs = createRunWriter(memory, this.#number, (birth) => this.#label(birth));
    this.#mask = (memory.numbers.length - RING) / 4 - 1;
    this.#addLabel({ name: 'another task', kind: '', type: '' });
  }

  created(task: Task, now: number): void {
    this.#write(now, 0, task, WHAT.CREATED + parentOf(task) * EVENT.OTHER);
  }

  /** What all entries of runs of `task` have in common; not 0. */
  entryOf(task: Task): number {
    return this.runs.entryOf(task);
  }

  began(depth: number, task: Task, now: number): void {
    this.runs.began(depth, task.id, this.entryOf(task), now);
  }

  ran(depth: number, task: Task, startMs: number, endMs: number): void {
    const entry = this.runs.begunAt(depth, task.id) ?? this.entryOf(task);
    const first = task.isCall && task.runs === 1 ? WHAT.RAN_FIRST - WHAT.RAN : 0;
    this.runs.ran(depth, task.id, entry + first, startMs, endMs);
  }

  /** The wall clock is set now and then. */
  setOrigin(epochMs: number): void {
    this.memory.numbers[ORIGIN] = epochMs;
  }

  ended(task: Task, now: number): void {
    this.#write(now, 0, task, WHAT.ENDED + OUTCOMES.indexOf(task.outcome) * EVENT.OUTCOME);
  }

  failed(task: Task, errorType: string, now: number): void {
    let label = this.#errors.get(errorType);
    if (label === undefined) {
      label = this.#addLabel({ name: errorType, kind: 'error', type: '' });
      if (label !== NO_LABEL) this.#errors.set(errorType, label);
    }
    this.#write(now, 0, task, WHAT.FAILED + label * EVENT.OTHER);
  }

  #write(atMs: number, ms: number, task: Task, rest: number): void {
    const { head, numbers } = this.memory;
    const written = head[HEAD.WRITTEN] as number;
    const at = RING + (written & this.#mask) * 4;
    numbers[at] = atMs;
    numbers[at + 1] = ms;
    numbers[at + 2] = task.id;
    numbers[at + 3] = rest + this.#labelOf(task.birth) * EVENT.LABEL;
    head[HEAD.WRITTEN] = (written + 1) | 0;
  }

  #labelOf(birth: Birth): number {
    return birth.labelledBy === this.#number ? birth.label : this.#label(birth);
  }

  #label(birth: Birth): number {
    const { name, kind, type, site, ownership } = birth;
    birth.label = this.#addLabel({
      name,
      kind,
      type,
      own: ownership === 'user',
      site: site && asWritten(site),
    });
    birth.labelledBy = this.#number;
    return birth.label;
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

function parentOf({ parent }: Task): number {
  return parent === undefined ? 0 : parent.id;
}

import type { TaskOutcome } from '../../types.js';
import type { Birth } from '../birth.js';
import type { Site } from '../sites/site-table.js';
import type { Task } from '../task.js';
import { EVENT, type FlightMemory, HEAD, RING, WHAT } from './flight-memory.js';

/** Told by the registry of what becomes of tasks. Nothing in it may allocate, but where a task is the first of its kind. */
export interface TaskRecorder {
  created(task: Task, now: number): void;
  began(depth: number, task: Task, now: number): void;
  /** `outcome`, an index in `OUTCOMES`, where it has ended with that. */
  ran(depth: number, task: Task, startMs: number, endMs: number, outcome?: number): void;
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
  readonly #numbers: Float64Array;
  #written = 0;

  constructor(private readonly memory: FlightMemory) {
    this.#numbers = memory.numbers;
    this.#mask = (memory.numbers.length - RING) / 4 - 1;
    this.#addLabel({ name: 'another task', kind: '', type: '' });
  }

  created(task: Task, now: number): void {
    this.#write(now, 0, task, WHAT.CREATED + parentOf(task) * EVENT.OTHER);
  }

  began(depth: number, task: Task, now: number): void {
    // numbers of the memory's layout: what is imported the engine looks up each time
    const numbers = this.#numbers;
    numbers[2] = depth + 1;
    if (depth >= 16) return;
    const { birth, parent } = task;
    const at = 8 + depth * 4;
    numbers[at] = now;
    numbers[at + 1] = task.id;
    numbers[at + 2] = birth.labelledBy === this.#number ? birth.label : this.#label(birth);
    numbers[at + 3] = parent === undefined ? 0 : parent.id;
  }

  ran(depth: number, task: Task, startMs: number, endMs: number, outcome = 0): void {
    const numbers = this.#numbers;
    const { birth, parent } = task;
    const label = birth.labelledBy === this.#number ? birth.label : this.#label(birth);
    const written = this.#written;
    const at = 72 + (written & this.#mask) * 4;
    const rest = 2 | (outcome << 3) | (label << 6);
    numbers[at] = endMs;
    numbers[at + 1] = endMs - startMs;
    numbers[at + 2] = task.id;
    if (task.runs === 1 && task.isCall) {
      numbers[at + 3] = parent === undefined ? rest + 3 : parent.id * 262_144 + (rest + 3);
    } else numbers[at + 3] = rest;
    const next = (written + 1) | 0;
    this.#written = next;
    numbers[1] = next;
    numbers[2] = depth;
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
    const numbers = this.#numbers;
    const { birth } = task;
    const label = birth.labelledBy === this.#number ? birth.label : this.#label(birth);
    const at = RING + (this.#written & this.#mask) * 4;
    numbers[at] = atMs;
    numbers[at + 1] = ms;
    numbers[at + 2] = task.id;
    numbers[at + 3] = rest + label * EVENT.LABEL;
    this.#written = (this.#written + 1) | 0;
    numbers[HEAD.WRITTEN] = this.#written;
  }

  #label(birth: Birth): number {
    const { name, kind, type, site, ownership } = birth;
    birth.label = this.#addLabel({ name, kind, type, own: ownership === 'user', site });
    birth.labelledBy = this.#number;
    return birth.label;
  }

  /** Labels are never taken back: where the memory is full, tasks of new places are `another task`. */
  #addLabel(facts: LabelFacts): number {
    const { numbers, labelEnds, text } = this.memory;
    const index = numbers[HEAD.LABELS] as number;
    const start = index === 0 ? 0 : (labelEnds[index - 1] as number);
    if (index >= labelEnds.length) return NO_LABEL;
    // `encodeInto` refuses shared memory on some versions of Node
    const bytes = this.#encoder.encode(JSON.stringify(facts));
    if (start + bytes.length > text.length) return NO_LABEL;
    text.set(bytes, start);
    labelEnds[index] = start + bytes.length;
    numbers[HEAD.LABELS] = index + 1;
    return index;
  }
}

function parentOf({ parent }: Task): number {
  return parent === undefined ? 0 : parent.id;
}

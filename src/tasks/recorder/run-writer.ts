import type { Birth } from '../birth.js';
import type { Task } from '../task.js';
import { DEPTH, EVENT, type FlightMemory, HEAD, RING, RUNNING, WHAT } from './flight-memory.js';

/**
 * What a recorder is told of most, millions of times a second. Closures over constants: see `tasks/function-calls.ts`.
 * `number`: whose labels births have; `label` gives another its label.
 */
export function createRunWriter(
  { head, numbers }: FlightMemory,
  number: number,
  label: (birth: Birth) => number,
) {
  const { WRITTEN, DEPTH: RUNS } = HEAD;
  const { LABEL, OTHER } = EVENT;
  const { RAN } = WHAT;
  const rows = RUNNING;
  const rowMask = DEPTH - 1;
  const ring = RING;
  const ringMask = (numbers.length - RING) / 4 - 1;

  /** What all entries of runs of `task` have in common; not 0. */
  function entryOf({ birth, parent }: Task): number {
    const labelled = RAN + (birth.labelledBy === number ? birth.label : label(birth)) * LABEL;
    return parent === undefined ? labelled : labelled + parent.id * OTHER;
  }

  function began(depth: number, id: number, entry: number, now: number): void {
    head[RUNS] = depth + 1;
    if (depth > rowMask) return;
    // with `&` the engine need not look whether it is within
    const at = rows + (depth & rowMask) * 3;
    numbers[at] = now;
    numbers[at + 1] = id;
    numbers[at + 2] = entry;
  }

  /** The entry of the run of the task of `id` that is not over, where it stands at `depth`. */
  function begunAt(depth: number, id: number): number | undefined {
    const at = rows + (depth & rowMask) * 3;
    return numbers[at + 1] === id ? numbers[at + 2] : undefined;
  }

  /** `entry`: with what is to be added for this run. */
  function ran(depth: number, id: number, entry: number, startMs: number, endMs: number): void {
    const written = head[WRITTEN] as number;
    const at = ring + (written & ringMask) * 4;
    numbers[at] = endMs;
    numbers[at + 1] = endMs - startMs;
    numbers[at + 2] = id;
    numbers[at + 3] = entry;
    head[WRITTEN] = (written + 1) | 0;
    head[RUNS] = depth;
  }

  return { entryOf, began, begunAt, ran };
}

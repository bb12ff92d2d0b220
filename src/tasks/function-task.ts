import type { Birth } from './birth.js';
import type { Place } from './new-task.js';
import { Task } from './task.js';

export const RETURNED = {
  NO: 0,
  YES: 1,
  /** Something might still fail. */
  MAYBE: 2,
  /** What it returned goes on. */
  PROMISE: 3,
} as const;
type Returned = (typeof RETURNED)[keyof typeof RETURNED];

/** A call of an async function that tells of itself: compiled code says where it waits, and how it ends. */
export class FunctionTask extends Task {
  /** The number of the place where it waits, or waited last: see `sites/compiled-modules.ts`. 0 before the first. */
  waitPlace = 0;
  waiting = false;
  /** It waits for somebody to ask for more: a generator that has yielded. */
  yielded = false;
  /** What its code said on the way out. A number, since the engine compares those without a look at what they are. */
  returned: Returned = RETURNED.NO;
  /** While its code runs: since when, in which execution, inside how many others, and what called it. */
  runStartMs = 0;
  execution = 0;
  level = 0;
  below: FunctionTask | undefined = undefined;
  /** What the flight recorder's entries of its runs have in common; 0 until there is one. */
  entry = 0;

  // without one of its own V8 11 passes the arguments on through what the program has made of the iterator of arrays
  constructor(id: number, birth: Birth, parent: Task | undefined, place: Place, startMs: number) {
    super(id, birth, parent, place, startMs);
  }

  override get isCall(): boolean {
    return true;
  }
}

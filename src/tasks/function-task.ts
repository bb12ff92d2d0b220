import { Task } from './task.js';

/** A call of an async function that tells of itself: compiled code says where it waits, and how it ends. */
export class FunctionTask extends Task {
  /** The number of the place where it waits, or waited last: see `sites/compiled-modules.ts`. 0 before the first. */
  waitPlace = 0;
  waiting = false;
  /** It waits for somebody to ask for more: a generator that has yielded. */
  yielded = false;
  /** What its code said on the way out. `maybe`: something might still fail. `promise`: what it returned goes on. */
  returned: 'no' | 'yes' | 'maybe' | 'promise' = 'no';
}

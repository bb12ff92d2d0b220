import type { TaskScope } from '../tasks/task.js';

/** How many frames a promise's creation site may need, and may have where effort is saved. */
const DEPTH = 12;
const SHORT_DEPTH = 5;

/** How much the probes look at: what the overhead governor turns down. */
export class Effort {
  depth = DEPTH;
  #keepStack: boolean;
  /** Whether promises that nobody looked at have a record. */
  unseen = true;
  /** Creations whose stack was read less far, and kept not at all. */
  shortened = 0;
  /** Promises without a record. */
  leftOut = 0;

  constructor(private readonly stacks: boolean) {
    this.#keepStack = stacks;
  }

  /** Whether tasks keep their creation stack; of `scope`, where it is theirs alone: a span shows it, and nothing else. */
  keepsStack(scope?: TaskScope): boolean {
    return this.#keepStack && scope?.withheld !== true;
  }

  get isReduced(): boolean {
    return this.depth < DEPTH;
  }

  reduceTo(depth: 'full' | 'short', unseen: boolean): void {
    this.depth = depth === 'full' ? DEPTH : SHORT_DEPTH;
    this.#keepStack = this.stacks && depth === 'full';
    this.unseen = unseen;
  }
}

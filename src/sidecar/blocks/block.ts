import type { Capture } from '../protocol.js';
import { MAY_BE_LOADING, STARTING } from '../shared-memory.js';
import type { Sample } from './samples.js';
import { type Circumstances, UNMEASURED } from './verdict.js';

/** What the watch needs of the outside; tests bring their own. */
export interface WatchPlatform {
  /** On the shared clock, in milliseconds. */
  now(): number;
  /** Asks the thread what it is doing; answers at once, late, or never. `undefined`: cannot be asked. */
  ask: ((answer: (capture: Capture) => void) => void) | undefined;
  /** Whether the thread has been given the questions, so that its silence means something. */
  reaches(): boolean;
  /** No answer is needed any more. */
  dismiss(): void;
  /** How much of the `durationMs` after `from` the watching thread was not run itself, nor waited for a processor. */
  stolenMs(from: number, durationMs: number): number;
  /** How long the thread has waited for a processor so far, in milliseconds. */
  starvedMs(): number;
}

/** A block as far as it is known. Times on the shared clock. */
export interface Block {
  readonly threadId: number;
  readonly from: number;
  /** The program is starting: known, or to be read off the samples. */
  startup: boolean;
  readonly mayBeLoading: boolean;
  /** Dense at first, then ever further apart: spread over all of it. */
  samples: Sample[];
  until: number;
  /** It was given the questions. */
  reached: boolean;
  circumstances: Circumstances;
  /** The longest synchronous call of Node's that was seen running, by its code. */
  call?: { code: number; ms: number };
  /** How often it has been reported so far. */
  reports: number;
}

/** `startup`: the thread's word. */
export function newBlock(threadId: number, startup: number, from: number, until: number): Block {
  return {
    threadId,
    from,
    until,
    startup: startup === STARTING,
    mayBeLoading: startup === MAY_BE_LOADING,
    samples: [],
    reached: false,
    circumstances: UNMEASURED,
    reports: 0,
  };
}

export interface BlockListener {
  /** The loop is blocked: told first when the samples are in, then at growing intervals. */
  ongoing(block: Block): void;
  /** At every look while it lasts. */
  blocking(block: Block): void;
  /** It is free again. */
  ended(block: Block): void;
}

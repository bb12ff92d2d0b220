import type { Capture } from './protocol.js';
import type { Circumstances, Sample } from './verdict.js';

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
  /** How long the thread has waited for a processor so far, in milliseconds. */
  starvedMs(): number;
}

/** A block as far as it is known. Times on the shared clock. */
export interface Block {
  readonly from: number;
  readonly startup: boolean;
  readonly samples: Sample[];
  until: number;
  /** It was given the questions. */
  reached: boolean;
  circumstances: Circumstances;
  /** How often it has been reported so far. */
  reports: number;
}

export interface BlockListener {
  /** The loop is blocked: told first when the samples are in, then at growing intervals. */
  ongoing(block: Block): void;
  /** At every look while it lasts. */
  blocking(block: Block): void;
  /** It is free again. */
  ended(block: Block): void;
}

import { BEATS_AHEAD } from '../tasks/pulse.js';
import { type SharedMemory, THREAD, wordOf } from './shared-memory.js';

const BEAT_MS = 1;
const LAST_BEAT = 2 ** 30;

/** The sidecar's part of `tasks/pulse.ts`: beats in a thread's row, for as long as the thread asks for more. */
export class PulseMaker {
  #timer: NodeJS.Timeout | undefined;
  #beat = 0;

  constructor(
    private readonly memory: SharedMemory,
    private readonly row: number,
  ) {}

  begin(): void {
    this.#set(THREAD.PULSES_WANTED, BEATS_AHEAD);
    this.#timer ??= setInterval(() => this.#next(), BEAT_MS);
  }

  /** No beat is a sign to look at the real clock. */
  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#set(THREAD.PULSE, 0);
  }

  #next(): void {
    if (Atomics.sub(this.memory.words, wordOf(this.row, THREAD.PULSES_WANTED), 1) <= 0) {
      this.stop();
      return;
    }
    this.#beat = (this.#beat % LAST_BEAT) + 1;
    this.#set(THREAD.PULSE, this.#beat);
  }

  #set(word: number, value: number): void {
    Atomics.store(this.memory.words, wordOf(this.row, word), value);
  }
}

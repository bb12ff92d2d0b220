import { BEATS_AHEAD, PULSE } from '../tasks/pulse.js';

const BEAT_MS = 1;
const LAST_BEAT = 2 ** 30;

/** The sidecar's part of `tasks/pulse.ts`: beats for a thread, for as long as the thread asks for more. */
export class PulseMaker {
  #timer: NodeJS.Timeout | undefined;
  #beat = 0;

  constructor(private readonly words: Int32Array) {}

  begin(): void {
    Atomics.store(this.words, PULSE.WANTED, BEATS_AHEAD);
    this.#timer ??= setInterval(() => this.#next(), BEAT_MS);
  }

  /** No beat is a sign to look at the real clock. */
  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    Atomics.store(this.words, PULSE.BEAT, 0);
  }

  #next(): void {
    if (Atomics.sub(this.words, PULSE.WANTED, 1) <= 0) {
      this.stop();
      return;
    }
    this.#beat = (this.#beat % LAST_BEAT) + 1;
    Atomics.store(this.words, PULSE.BEAT, this.#beat);
  }
}

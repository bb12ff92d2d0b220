import { CrashFile } from './crash-file.js';
import type { Outbox } from './outbox.js';
import type { OtlpRequest } from './requests.js';

/** Option `crashFile`: keeps on disk what could not be delivered, and sends what earlier processes left there. */
export class KeptWords {
  #path: string | undefined;
  #file: CrashFile | undefined;

  constructor(
    private readonly outbox: Outbox,
    private readonly note: (text: string) => void,
  ) {}

  /** `undefined`: nothing is kept. What lies in a file is sent once, when it is named first. */
  configure(path: string | undefined): void {
    if (path === this.#path) return;
    this.#path = path;
    this.#file = path === undefined ? undefined : new CrashFile(path);
    if (this.#file !== undefined) this.outbox.follow(this.#sendAll(this.#file));
  }

  keep(undelivered: readonly OtlpRequest[]): void {
    if (this.#file === undefined || undelivered.length === 0) return;
    this.#attempt(() => {
      const kept = this.#file?.keep(undelivered) ?? 0;
      if (kept < undelivered.length) this.note('crashFile is full: some of what was not delivered is lost');
    });
  }

  async #sendAll(file: CrashFile): Promise<void> {
    const taken = this.#attempt(() => file.take());
    if (taken === undefined) return;
    const { entries, damaged } = taken;
    if (damaged > 0) this.note(`crashFile: ${damaged} damaged lines were left out`);
    const rest: OtlpRequest[] = [];
    for (const entry of entries) {
      // after one that was not taken the others wait as well
      const { delivered, retryable, reason } =
        rest.length > 0 ? { delivered: false, retryable: true } : await this.outbox.repost(entry);
      if (!delivered && retryable) rest.push(entry);
      else if (!delivered) this.note(`what lay in crashFile was refused: ${reason}`);
    }
    this.keep(rest);
    this.#attempt(() => taken.done());
  }

  #attempt<R>(action: () => R): R | undefined {
    try {
      return action();
    } catch (error) {
      this.note(`crashFile cannot be used: ${(error as Error).message}`);
      return undefined;
    }
  }
}

import { randomBytes } from 'node:crypto';
import type { Outbox } from '../delivery/outbox.js';
import type { FromWorker, WorkerStart } from '../protocol.js';
import { PROCESS, sharedNow, THREAD, THREADS, wordOf } from '../shared-memory.js';
import type { WatchPlatform } from './block.js';
import { BlockReporter } from './block-reporter.js';
import { BlockWatch } from './block-watch.js';
import { type Answer, Interrogator } from './interrogator.js';
import { RecordedBlocks } from './recorded-blocks.js';
import { ownStarvedMs, taskStarvedMs } from './starvation.js';
import { StolenTime } from './stolen-time.js';

/** The sidecar's watch over all threads, from its start to the end of the process. */
export class Watch {
  #watches: BlockWatch[] = [];
  #interrogator: Interrogator | undefined;
  #stopped = false;
  readonly #stolen = new StolenTime();

  constructor(
    private readonly start: WorkerStart,
    private readonly outbox: Outbox,
    private readonly tell: (message: FromWorker) => void,
  ) {}

  async begin(): Promise<void> {
    this.#interrogator = await this.#createInterrogator();
    if (!this.#stopped) this.#watchAll(this.#interrogator);
  }

  /** Ends the watch, with a word on what is going on, and the session with it. */
  stop(): void {
    this.#stopped = true;
    this.conclude();
    this.#interrogator?.close();
  }

  /** The process ends, and its threads wait for that: that they are late is no news. The session stays. */
  rest(): void {
    this.#stopped = true;
  }

  get mainThread(): BlockWatch | undefined {
    return this.#watches[0];
  }

  /** Runs `expression` on the main thread in the midst of whatever runs there, where that can be interrupted. */
  async interrupt(expression: string): Promise<void> {
    if (!this.start.mayInspect) return;
    const inspector = await import('node:inspector');
    const session = new inspector.Session();
    session.connectToMainThread();
    // a real debugger that stops the program within it could never let it go on
    const question = { expression, disableBreaks: true };
    session.post('Runtime.evaluate', question);
  }

  /** The process ends: tells of the blocks that are going on as far as they went. */
  conclude(): void {
    for (const watch of this.#watches) watch.conclude();
  }

  async #createInterrogator(): Promise<Interrogator | undefined> {
    if (!this.start.mayInspect) return undefined;
    try {
      const inspector = await import('node:inspector');
      return new Interrogator(this.start.memory, () => new inspector.Session());
    } catch {
      return undefined; // a Node that was built without the inspector
    }
  }

  #now(): number {
    return sharedNow(this.start.memory);
  }

  #watchRow(row: number, interrogator: Interrogator | undefined): BlockWatch {
    // a thread that has ended left its row, and must be dismissed all the same
    let asked = 0;
    const ask = (answer: Answer) => {
      asked = watch.threadId;
      interrogator?.ask(asked, answer);
    };
    const now = () => this.#now();
    const platform: WatchPlatform = {
      now,
      ask: interrogator && ask,
      reaches: () => interrogator?.reaches(watch.threadId) ?? false,
      dismiss: () => interrogator?.dismiss(asked),
      stolenMs: (from, durationMs) => this.#stolen.within(from, durationMs),
      starvedMs: () => taskStarvedMs(Atomics.load(this.start.memory.words, wordOf(row, THREAD.TASK))),
    };
    const nextId = () => randomBytes(8).toString('hex');
    const reporter = new BlockReporter(this.outbox, this.tell, now, nextId);
    // the recorder is the main thread's
    const listener = row === 0 ? new RecordedBlocks(reporter, this.outbox, now) : reporter;
    const watch = new BlockWatch(this.start.memory, row, platform, listener);
    return watch;
  }

  #watchAll(interrogator: Interrogator | undefined): void {
    const { memory, again } = this.start;
    const watches = Array.from({ length: THREADS }, (_, row) => this.#watchRow(row, interrogator));
    this.#watches = watches;
    if (again) for (const watch of watches) watch.forget();
    let lookedAt = this.#now();
    let expected = lookedAt;
    let starvedMs = ownStarvedMs();
    let wasBlocked = false;
    const look = () => {
      if (this.#stopped) return;
      if (Atomics.load(memory.words, PROCESS.EXITING) !== 0) {
        interrogator?.close();
        return;
      }
      // one reading for all: whoever is stopped right after it finds the time in the next look
      const now = this.#now();
      const lateMs = Math.max(0, (now - expected) | 0);
      const starvedBeforeMs = starvedMs;
      starvedMs = ownStarvedMs();
      this.#stolen.awake(now, (now - lookedAt) | 0, lateMs, starvedMs - starvedBeforeMs);
      let next = Infinity;
      for (const watch of watches) {
        // a thread that main ended while it is blocked itself looks blocked and is gone
        if (watch !== watches[0] && watches[0]?.blocked && !watch.blocked) continue;
        next = Math.min(next, watch.look(now, lateMs));
      }
      const isBlocked = watches.some((watch) => watch.blocked);
      if (isBlocked !== wasBlocked) Atomics.add(memory.words, PROCESS.BUSY, isBlocked ? 1 : -1);
      wasBlocked = isBlocked;
      lookedAt = now;
      expected = now + next;
      setTimeout(look, next);
    };
    look();
  }
}

import { monotonic } from '../base/clock.js';
import { entryIsPending } from '../base/entry.js';
import { attempt } from '../base/guard.js';
import { process } from '../base/process.js';
import { timers } from '../base/timers.js';
import { HELD_BACK, observeEmit } from '../probes/process-emit.js';

/**
 * Delivers what is left when the event loop runs empty. Work begun in a `beforeExit` listener makes Node emit
 * `beforeExit` again, and the application's listeners would run twice; so the event is held back while we flush, and
 * passed on when Node emits it again.
 */

export interface Flushed {
  /** Starts to deliver everything; resolves when all is delivered or lost. */
  flush(): Promise<unknown>;
  /** Milliseconds the exit may still be held up, `elapsed` after it began. */
  patience(elapsed: number): number;
  /** It was held up for `ms`; `inVain`: until no patience was left. */
  waited(ms: number, inVain: boolean): void;
  /** Whether something of ours that cannot be taken back keeps the loop alive. */
  holdsLoop(): boolean;
  /** Grows with every span and record. */
  activity(): number;
}

type Phase =
  /** The loop is alive. */
  | 'running'
  /** Flushing, `beforeExit` held back; the next one is the application's. */
  | 'flushing'
  /** The application had its `beforeExit`, and what it did there is being flushed; the next one is nobody's. */
  | 'flushing rest';

const WHAT = 'flush at exit';

export class ExitFlush {
  #phase: Phase = 'running';
  #flushedActivity = -1;
  #aliveBefore = 0;
  #hold: NodeJS.Timeout | undefined;

  constructor(private readonly flushed: Flushed) {}

  install(): void {
    observeEmit(['beforeExit'], {
      before: () => (attempt(WHAT, () => this.#holdsBack()) ? HELD_BACK : undefined),
      after: (_event, completed) => {
        if (completed) attempt(WHAT, () => this.#wasHeard());
      },
    });
  }

  #holdsBack(): boolean {
    if (this.#hold !== undefined) return true;
    const phase = this.#phase;
    this.#phase = 'running';
    if (phase === 'flushing rest') return true;
    if (phase === 'running' && this.#isNew() && this.#start('flushing')) return true;
    this.#aliveBefore = aliveCount();
    return false;
  }

  /** With nothing left to do Node will not ask again: what the listeners have just ended would be lost. */
  #wasHeard(): void {
    if (this.#isNew() && aliveCount() <= this.#aliveBefore) this.#start('flushing rest');
  }

  #isNew(): boolean {
    return this.flushed.activity() !== this.#flushedActivity;
  }

  #start(phase: Phase): boolean {
    this.#flushedActivity = this.flushed.activity();
    const began = monotonic();
    let isOver = false;
    const done = (inVain = false) => {
      if (isOver) return;
      isOver = true;
      this.flushed.waited(monotonic() - began, inVain);
      timers.clearTimeout(this.#hold);
      this.#hold = undefined;
      // where it is over before Node looks whether anything is left to do, there would be no `beforeExit` for anybody
      timers.setImmediate(() => {});
    };
    const wait = (left: number) => {
      // the only thing that keeps the loop alive meanwhile
      this.#hold = timers.setTimeout(again, left);
    };
    const again = () => {
      const left = this.flushed.patience(monotonic() - began);
      if (left > 0) return wait(left);
      done(true);
      this.#endIfHeld();
    };
    const patience = this.flushed.patience(0);
    // nothing may be begun that has Node ask once more
    if (patience <= 0) return false;
    wait(patience);
    this.#phase = phase;
    attempt(WHAT, () =>
      this.flushed.flush().then(
        () => done(),
        () => done(),
      ),
    );
    return true;
  }

  /**
   * The loop was empty when we began, and the application listens for nothing: where a name look-up of ours holds it,
   * the program is over and ends as it would have.
   */
  #endIfHeld(): void {
    if (this.#phase !== 'flushing' || !this.flushed.holdsLoop() || entryIsPending()) return;
    if (process.listenerCount('beforeExit') === 0) process.exit();
  }
}

/** What keeps the loop alive. Standard streams are listed from their first use on, and do not. */
function aliveCount(): number {
  return process.getActiveResourcesInfo().filter((type) => !/^(Pipe|TTY)Wrap$/.test(type)).length;
}

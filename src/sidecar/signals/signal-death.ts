import { monotonic } from '../../base/clock.js';
import { process } from '../../base/process.js';
import { mainThreadStarvedMs } from '../blocks/starvation.js';
import type { Watch } from '../blocks/watch.js';
import type { Outbox } from '../delivery/outbox.js';
import { type FromWorker, LAST_WORDS_SLOT, type WorkerStart } from '../protocol.js';
import { EXPORT_DELIVERED, PROCESS } from '../shared-memory.js';
import { SignalHandles } from './signal-handles.js';
import type { CrashSignal } from './signal-words.js';
import { makeBlocking } from './stdio-flags.js';

/** A free loop answers within this; one that is not is interrupted. */
const INTERRUPT_AFTER_MS = 10;
/**
 * Nobody waits longer for a main thread that neither answers nor can be interrupted (without the time in which the
 * machine did not run it), nor for a collector in doubt.
 */
const DOUBTFUL_MS = 300;
const LOOK_EVERY_MS = 20;
/** What the main thread may take beyond its own time, on a machine that is busy. */
const SLACK_MS = 1_000;

const SURRENDER = `globalThis[Symbol.for(${JSON.stringify(LAST_WORDS_SLOT)})]?.()`;

/**
 * The sidecar's part when a signal comes that ends the process: has the main thread hand over what it has, in the
 * midst of a block if need be, and then lets the kernel do as it would have done.
 */
export class SignalDeath {
  readonly #handles: SignalHandles;
  #signal: CrashSignal | undefined;
  #timers: NodeJS.Timeout[] = [];

  constructor(
    private readonly start: WorkerStart,
    private readonly outbox: Outbox,
    private readonly tell: (message: FromWorker) => void,
    /** Ends the watch as it stands, and gives it. */
    private readonly endWatch: () => Watch | undefined,
  ) {
    this.#handles = new SignalHandles(start.memory, (signal) => this.#came(signal));
  }

  align(): void {
    try {
      this.#handles.align();
    } catch (error) {
      this.tell({ type: 'no-signals', reason: (error as Error).message });
    }
  }

  /** The main thread has handed over, and it may be tried for so long to deliver that. */
  answered(withinMs: number): void {
    const signal = this.#signal;
    if (signal === undefined) return;
    this.#clearTimers();
    this.#after(withinMs + SLACK_MS, () => this.die(signal));
  }

  /** The end. Returns only where the signal does not end the process. */
  die(signal: CrashSignal): void {
    this.#clearTimers();
    this.#handles.close();
    makeBlocking(this.start.blockingStdio);
    process.kill(process.pid, signal);
  }

  stop(): void {
    this.#handles.close();
  }

  #came(signal: CrashSignal): void {
    this.#signal = signal;
    const watch = this.endWatch();
    this.tell({ type: 'signal' });
    const interrupt = () => void watch?.interrupt(SURRENDER).catch(() => {});
    this.#after(watch?.mainThread?.blocked === true ? 0 : INTERRUPT_AFTER_MS, interrupt);
    const patienceMs = this.#patienceMs();
    const from = monotonic();
    const starvedBefore = mainThreadStarvedMs();
    const look = () => {
      const waited = monotonic() - from;
      const had = waited - (mainThreadStarvedMs() - starvedBefore);
      if (had < DOUBTFUL_MS && waited < patienceMs) this.#after(LOOK_EVERY_MS, look);
      else void this.#alone(signal, watch, patienceMs - waited);
    };
    look();
  }

  /** The main thread can do nothing: what is known here leaves. */
  async #alone(signal: CrashSignal, watch: Watch | undefined, patienceMs: number): Promise<void> {
    this.#after(patienceMs, () => this.die(signal));
    watch?.conclude();
    this.outbox.last();
    await this.outbox.settled();
    this.die(signal);
  }

  #patienceMs(): number {
    const { words } = this.start.memory;
    const wanted = Atomics.load(words, PROCESS.CRASH_FLUSH_MS);
    const healthy = Atomics.load(words, PROCESS.LAST_EXPORT) === EXPORT_DELIVERED;
    return healthy ? wanted : Math.min(wanted, DOUBTFUL_MS);
  }

  #after(ms: number, action: () => void): void {
    this.#timers.push(setTimeout(action, ms));
  }

  #clearTimers(): void {
    for (const timer of this.#timers.splice(0)) clearTimeout(timer);
  }
}

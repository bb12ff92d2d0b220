import { PROCESS, type SharedMemory, THREAD, wordOf } from '../shared-memory.js';
import { type Block, type BlockListener, newBlock, type WatchPlatform } from './block.js';
import { blockingCall, noteBlockingCall } from './blocking-call.js';
import { loadsModules } from './samples.js';
import { StarvedTime } from './starvation.js';
import { STOLEN_MS } from './stolen-time.js';

const SAMPLES_AT_ONCE = 6;
const SAMPLE_EVERY_MS = 8;
/** Later ones come after so much of what the block has lasted already: they are spread over all of it. */
const SAMPLE_AGAIN_SHARE = 0.15;
/** When there are more, every second one is dropped. */
const MOST_SAMPLES = 40;
const LATE_MS = 100;
const FIRST_REPORT_MS = 90;
const FIRST_UPDATE_MS = 1_000;
const LONGEST_UPDATE_MS = 60_000;
const BLOCKED_LOOK_MS = 8;
/** Garbage collection and late answers become known a little after the end. */
const SETTLE_MS = 40;
const RECHECK_MS = 20;
const LONGEST_LOOK_MS = 1_000;

/**
 * Watches one thread's row of the shared memory. Sleeps until the loop can be late at the earliest; asks nothing and
 * knows nothing of the thread while it is not.
 */
export class BlockWatch {
  #block: Block | undefined;
  /** Whose row it was when it was last looked at. */
  #watched: number;
  #beat = 0;
  #blocksSeen = 0;
  #endedAt: number | undefined;
  #askedAt: number | undefined;
  #nextAsk = 0;
  #nextReport = 0;
  #reportEvery = FIRST_UPDATE_MS;
  readonly #starved: StarvedTime;
  #graceFor: number | undefined;
  #gcBase = 0;
  /** A debugger had its port open at this beat: until the next, the thread is its business. */
  #debuggedBeat: number | undefined;

  constructor(
    private readonly memory: SharedMemory,
    private readonly row: number,
    private readonly platform: WatchPlatform,
    private readonly listener: BlockListener,
  ) {
    this.#watched = this.threadId;
    this.#starved = new StarvedTime(platform.starvedMs);
  }

  get blocked(): boolean {
    return this.#block !== undefined;
  }

  get threadId(): number {
    return this.#read(THREAD.ID) - 1;
  }

  /** The process ends: tells of the block that is going on as far as it went. */
  conclude(): void {
    const block = this.#block;
    if (block === undefined) return;
    this.#block = undefined;
    this.platform.dismiss();
    block.until = this.platform.now();
    this.#finish(block);
  }

  /**
   * Looks at the row; gives the milliseconds until the next look.
   * @param now when the watching thread woke up.
   * @param lateMs how much later than wanted this look comes.
   */
  look(now: number, lateMs: number): number {
    const block = this.#block;
    if (block !== undefined && block.threadId !== this.threadId) this.#endWithThread(block);
    if (this.threadId !== this.#watched) this.#beginWithThread();
    if (this.#read(THREAD.ID) === 0 || Atomics.load(this.memory.words, PROCESS.DEBUGGER) !== 0) {
      this.forget();
      return LONGEST_LOOK_MS;
    }
    return this.#block === undefined ? this.#lookFree(now, lateMs) : this.#lookBlocked(this.#block, now);
  }

  #lookFree(now: number, lateMs: number): number {
    // before what it has promised: it may beat at any moment
    const beat = this.#read(THREAD.BEAT);
    const due = this.#read(THREAD.DUE);
    const threshold = Atomics.load(this.memory.words, PROCESS.BLOCKED_LOOP_MS);
    const lateBy = (now - due) | 0;
    const missed = this.#read(THREAD.BLOCKS) > this.#blocksSeen;
    // stopped within this look: how long is known in the next
    if (((this.platform.now() - now) | 0) > STOLEN_MS) return 1;
    if (beat === this.#debuggedBeat) return LONGEST_LOOK_MS;
    this.#debuggedBeat = undefined;
    if (missed) this.#tellMissed();
    else if (this.#read(THREAD.EXPECTED) > 0) return RECHECK_MS;
    else if (lateBy >= threshold) {
      // we were not run either: give the thread its turn before it is blamed
      if (lateMs > STOLEN_MS && this.#graceFor !== due) {
        this.#graceFor = due;
        return RECHECK_MS;
      }
      this.#begin(due, beat, now);
      return this.#lookBlocked(this.#block as unknown as Block, now);
    }
    this.#remember();
    return Math.min(LONGEST_LOOK_MS, Math.max(1, threshold - lateBy));
  }

  /** It blocked and was free again before we could look. */
  #tellMissed(): void {
    this.#finish(this.#newBlock(this.#read(THREAD.BLOCK_FROM)));
  }

  /** The thread was ended, as is done with one that is stuck. What was never told of may have been its end alone. */
  #endWithThread(block: Block): void {
    // of the row nothing is the thread's any more
    this.forget();
    if (block.reports === 0) return;
    block.until = this.platform.now();
    this.#finish(block);
  }

  /** The row is another's: all of it counts from the start of that thread. */
  #beginWithThread(): void {
    this.#watched = this.threadId;
    this.#blocksSeen = this.#gcBase = 0;
    this.#starved.ofAnother();
  }

  #begin(due: number, beat: number, now: number): void {
    this.#block = this.#newBlock(due, now);
    this.#beat = beat;
    this.#askedAt = this.#endedAt = undefined;
    this.#nextAsk = now;
    this.#starved.begin((now - due) | 0);
    this.#nextReport = now + FIRST_REPORT_MS;
    this.#reportEvery = FIRST_UPDATE_MS;
  }

  #newBlock(from: number, until = from): Block {
    return newBlock(this.threadId, this.#read(THREAD.STARTUP), from, until);
  }

  #lookBlocked(block: Block, now: number): number {
    if (this.#endedAt === undefined && this.#read(THREAD.BEAT) !== this.#beat) this.#endedAt = now;
    if (this.#endedAt !== undefined) {
      if (((now - this.#endedAt) | 0) < SETTLE_MS && this.#missesSomething(block)) return BLOCKED_LOOK_MS;
      this.#block = undefined;
      this.platform.dismiss();
      this.#finish(block);
      return 1;
    }
    block.until = now;
    this.listener.blocking(block);
    noteBlockingCall(this.memory, this.row, block, this.#beat);
    this.#ask(block, now);
    block.reached ||= this.platform.reaches();
    if (((now - this.#nextReport) | 0) >= 0 || (block.reports === 0 && this.#isSampled(block))) {
      this.#measure(block, (now - block.from) | 0);
      block.reports++;
      this.#nextReport = now + this.#reportEvery;
      this.#reportEvery = Math.min(LONGEST_UPDATE_MS, this.#reportEvery * 2);
      this.listener.ongoing(block);
    }
    return BLOCKED_LOOK_MS;
  }

  #isSampled({ samples }: Block): boolean {
    return samples.length >= SAMPLES_AT_ONCE && this.#askedAt === undefined;
  }

  #missesSomething(block: Block): boolean {
    return this.#askedAt !== undefined || block.samples.every((sample) => sample.late);
  }

  #ask(block: Block, now: number): void {
    const { ask } = this.platform;
    if (ask === undefined || this.#askedAt !== undefined || ((now - this.#nextAsk) | 0) < 0) return;
    this.#askedAt = now;
    const beat = this.#beat;
    ask((capture) => {
      // after the loop has moved on, nothing on the stack was there during the block
      if (this.#block !== block || capture.beat !== beat) return;
      this.#askedAt = undefined;
      // a debugger that stopped the program looks like a block
      if (capture.debugger) {
        this.forget();
        this.#debuggedBeat = beat;
        return;
      }
      const waitedMs = (capture.atMs - now) | 0;
      if (block.samples.length >= MOST_SAMPLES) block.samples = block.samples.filter((_, i) => i % 2 === 0);
      block.samples.push({ capture, late: waitedMs > LATE_MS, waitedMs });
      const answered = this.platform.now();
      const isFirst = block.samples.length < SAMPLES_AT_ONCE;
      const pause = isFirst ? 0 : ((answered - block.from) | 0) * SAMPLE_AGAIN_SHARE;
      this.#nextAsk = answered + Math.max(SAMPLE_EVERY_MS, pause);
      if (!isFirst) this.platform.dismiss();
    });
  }

  #measure(block: Block, durationMs: number): void {
    if (block.mayBeLoading) block.startup = loadsModules(block.samples);
    block.circumstances = {
      reached: block.reached,
      durationMs,
      thresholdMs: Atomics.load(this.memory.words, PROCESS.BLOCKED_LOOP_MS),
      gcMs: Math.max(0, (this.#read(THREAD.GC_MS) - this.#gcBase) | 0),
      unansweredMs: this.#askedAt === undefined ? 0 : (block.until - this.#askedAt) | 0,
      stolenMs: this.platform.stolenMs(block.from, durationMs),
      starvedMs: this.#starved.ms,
      syncCall: blockingCall(block, durationMs),
    };
  }

  #finish(block: Block): void {
    // the thread's own word on how long it was, where it had one
    const told = this.#read(THREAD.BLOCKS) !== this.#blocksSeen;
    const durationMs = told ? this.#read(THREAD.BLOCK_MS) : (block.until - block.from) | 0;
    this.#measure(block, durationMs);
    block.until = (block.from + durationMs) | 0;
    this.#blocksSeen = this.#read(THREAD.BLOCKS);
    this.listener.ended(block);
  }

  /** What the next block is compared with. */
  #remember(): void {
    this.#starved.restart();
    this.#gcBase = this.#read(THREAD.GC_MS);
  }

  /** What was before is no concern of this watch. */
  forget(): void {
    if (this.#block !== undefined) this.platform.dismiss();
    this.#block = this.#debuggedBeat = undefined;
    this.#blocksSeen = this.#read(THREAD.BLOCKS);
  }

  #read(word: number): number {
    return Atomics.load(this.memory.words, wordOf(this.row, word));
  }
}

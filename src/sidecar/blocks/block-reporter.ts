import { RateLimiter } from '../../base/rate-limiter.js';
import { ATTR } from '../../semconv.js';
import type { EventRecord } from '../../types.js';
import type { Outbox } from '../delivery/outbox.js';
import { toLogRecord } from '../delivery/record-to-otlp.js';
import type { FromWorker } from '../protocol.js';
import type { Block, BlockListener } from './block.js';
import { type BlockPhase, currentGauge, describeBlock, toSpan, withheld } from './block-report.js';
import { judge } from './verdict.js';

/** So many events in a burst, and this many a second on the whole; what is folded is counted on the next one. */
const BURST = 20;
const EVENTS_PER_SECOND = 0.5;
const GAUGE_EVERY_MS = 1_000;

/** What the machine did, or what happened while the program loads, is no work of the program to show among its traces. */
function deservesSpan({ attributes }: EventRecord): boolean {
  const cause = attributes[ATTR.BLOCK_CAUSE];
  return attributes[ATTR.BLOCK_STARTUP] !== true && cause !== 'cpu_starved' && cause !== 'suspended';
}

/** Tells the world of one thread's blocks: at once by itself, and the thread itself when it can listen again. */
export class BlockReporter implements BlockListener {
  readonly #limit: RateLimiter;
  #id = '';
  #folded = 0;
  #announced = false;
  #nextGauge = 0;
  #gaugeOn = false;
  #current: Block | undefined;

  constructor(
    private readonly outbox: Outbox,
    private readonly tell: (message: FromWorker) => void,
    private readonly now: () => number,
    private readonly nextId: () => string,
  ) {
    this.#limit = new RateLimiter(now, EVENTS_PER_SECOND, BURST);
  }

  ongoing(block: Block): void {
    if (block !== this.#current) this.#begin(block);
    if (!this.#announced) return;
    const record = this.#describe(block, 'ongoing');
    const shown = this.outbox.config?.withhold ? withheld(record) : record;
    // a span of its own each second and more, or a loop that never returns is in no trace
    const traces = block.reports > 1 && deservesSpan(record) ? [this.#span(shown, block)] : [];
    this.outbox.post({ logs: [toLogRecord(shown)], traces });
    this.#gaugeOn = !block.startup;
    this.blocking(block);
  }

  /** Keeps the gauge fresh. */
  blocking(block: Block): void {
    if (!this.#gaugeOn || block !== this.#current || this.now() < this.#nextGauge) return;
    this.#nextGauge = this.now() + GAUGE_EVERY_MS;
    this.#sendGauge(block, (block.until - block.from) / 1_000);
  }

  ended(block: Block): void {
    if (block !== this.#current) this.#begin(block);
    const record = this.#describe(block, 'ended');
    let untold: EventRecord | undefined;
    if (this.#announced) {
      if (this.outbox.config?.withhold || !this.outbox.serves('logs')) untold = record;
      else this.outbox.post({ logs: [toLogRecord(record)] });
      const traces = deservesSpan(record) && !this.outbox.config?.withhold ? [this.#span(record, block)] : [];
      this.outbox.post({ traces });
    }
    if (this.#gaugeOn) this.#sendGauge(block, 0);
    this.#gaugeOn = false;
    this.#current = undefined;
    const cause = judge(block.samples, block.circumstances).cause;
    const { durationMs } = block.circumstances;
    this.tell({
      type: 'block',
      block: { threadId: block.threadId, cause, durationMs, startup: block.startup, record: untold },
    });
  }

  #begin(block: Block): void {
    this.#current = block;
    this.#id = this.nextId();
    this.#nextGauge = 0;
    this.#announced = this.#limit.take();
    if (!this.#announced) this.#folded++;
  }

  #describe(block: Block, phase: BlockPhase): EventRecord {
    const verdict = judge(block.samples, block.circumstances);
    const record = describeBlock(this.#id, block, verdict, phase, Date.now());
    if (this.#folded > 0 && this.#announced) {
      record.attributes[ATTR.FOLDED_COUNT] = this.#folded;
      if (phase === 'ended') this.#folded = 0;
    }
    return record;
  }

  #span(record: EventRecord, block: Block) {
    const startMs = Date.now() - (this.now() - block.from);
    return toSpan(record, startMs, startMs + block.circumstances.durationMs);
  }

  #sendGauge({ threadId }: Block, seconds: number): void {
    this.outbox.post({ metrics: [currentGauge(threadId, seconds, Date.now())] });
  }
}

import { RateLimiter } from '../../base/rate-limiter.js';
import type { BlockCause } from '../../semconv.js';
import type { FlightMemory } from '../../tasks/recorder/flight-memory.js';
import { readFlight } from '../../tasks/recorder/flight-reader.js';
import { releasedLabels, withheldLabel } from '../../telemetry/recorder/task-labels.js';
import { timelineOf } from '../../telemetry/recorder/timeline.js';
import { timelineToOtlp } from '../../telemetry/recorder/timeline-otlp.js';
import type { TraceIdentity } from '../../types.js';
import type { Outbox } from '../delivery/outbox.js';
import type { Block, BlockListener } from './block.js';
import { flightShelf } from './flight-shelf.js';
import { judge } from './verdict.js';

/** Timelines in a burst, and a second: each is up to some 240 spans. */
const BURST = 3;
const PER_SECOND = 0.1;

/** No matter of the program. */
const MACHINES: readonly BlockCause[] = ['cpu_starved', 'suspended'];

/** Sends what the flight recorder has, once a block of the main thread and while it lasts, beside what is told of it. */
export class RecordedBlocks implements BlockListener {
  readonly #limit: RateLimiter;
  #exported: Block | undefined;

  constructor(
    private readonly told: BlockListener,
    private readonly outbox: Outbox,
    now: () => number,
  ) {
    this.#limit = new RateLimiter(now, PER_SECOND, BURST);
  }

  ongoing(block: Block): void {
    this.told.ongoing(block);
    if (block === this.#exported || block.startup) return;
    const { memory } = flightShelf;
    // later it may know whom to tell, and that it is no matter of the machine alone
    if (memory === undefined || !this.outbox.serves('traces')) return;
    const verdict = judge(block.samples, block.circumstances);
    if (MACHINES.includes(verdict.cause)) return;
    // of many blocks one after the other, one that goes on has its turn later
    if (!this.#limit.take()) return;
    this.#exported = block;
    this.#export(memory, verdict.shown?.capture.trace);
  }

  blocking(block: Block): void {
    this.told.blocking(block);
  }

  ended(block: Block): void {
    this.told.ended(block);
    this.#exported = undefined;
  }

  #export(memory: FlightMemory, trace: TraceIdentity | undefined): void {
    const recording = readFlight(memory, flightShelf.seconds, Date.now());
    const labelOf = this.outbox.config?.withhold
      ? withheldLabel
      : releasedLabels(recording.labels, undefined);
    const timeline = timelineOf(recording, 'blocked_loop', labelOf);
    this.outbox.post({ traces: timelineToOtlp(timeline, trace) });
  }
}

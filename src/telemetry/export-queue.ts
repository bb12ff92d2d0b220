import type { Span } from '@opentelemetry/api';
import { SCOPE } from '../semconv.js';

/** What we know of a BatchSpanProcessor, of SDK 2 and 3 alike; found by looking, not by version. */
interface Queue {
  _finishedSpans: { instrumentationScope?: { name?: string } }[];
  _maxQueueSize: number;
}

interface Processor {
  _spanProcessors?: Processor[];
  _finishedSpans?: unknown;
  _maxQueueSize?: unknown;
}

/** Task spans wait outside a queue that is fuller than this. */
const ROOM_SHARE = 0.5;

/**
 * The application's spans come first in the queue that both share: nothing of ours enters one that is half full, and
 * where it overflows ours leave it. A processor that keeps its queue to itself is left alone.
 */
export class ExportQueue {
  #queues: Queue[] = [];
  #processor: unknown;
  #holdsOurs = false;

  constructor(private readonly onYield: (spans: number) => void) {}

  /** Looks for the queues behind the processor of `span`. */
  follow(span: Span): void {
    const processor = (span as { _spanProcessor?: Processor })._spanProcessor;
    if (processor === this.#processor) return;
    this.#processor = processor;
    this.#queues = [processor, ...(processor?._spanProcessors ?? [])].filter(isQueue);
  }

  hasRoomFor(spans: number): boolean {
    return this.#queues.every(
      (queue) => queue._finishedSpans.length + spans <= queue._maxQueueSize * ROOM_SHARE,
    );
  }

  added(): void {
    this.#holdsOurs = this.#queues.length > 0;
  }

  /** A span of the application's is about to enter. */
  makeRoom(): void {
    if (!this.#holdsOurs) return;
    for (const queue of this.#queues) {
      const waiting = queue._finishedSpans;
      if (waiting.length < queue._maxQueueSize) continue;
      const kept = waiting.filter((span) => span.instrumentationScope?.name !== SCOPE);
      if (kept.length < waiting.length) this.onYield(waiting.length - kept.length);
      waiting.splice(0, waiting.length, ...kept);
      this.#holdsOurs = false;
    }
  }
}

function isQueue(processor: Processor | undefined): processor is Processor & Queue {
  return Array.isArray(processor?._finishedSpans) && typeof processor._maxQueueSize === 'number';
}

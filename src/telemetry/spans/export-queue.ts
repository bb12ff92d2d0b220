import type { Span } from '@opentelemetry/api';

/** What we know of a BatchSpanProcessor, of SDK 2 and 3 alike; found by looking, not by version. */
interface Queue {
  _finishedSpans: unknown[];
  _maxQueueSize: number;
}

interface Processor {
  _spanProcessors?: Processor[];
  _finishedSpans?: unknown;
  _maxQueueSize?: unknown;
}

interface Followed {
  queue: Queue;
  /** Places added for ours. */
  extra: number;
}

/** Task spans stay out of a queue that is fuller than this. */
const ROOM_SHARE = 0.5;
/** A queue emptied this far has come through its rush. */
const CALM_SHARE = 0.1;

/**
 * The application's spans come first in the queue that both share. Nothing of ours enters one that is half full; each
 * that enters brings its own place, so that a burst of the application's finds as many as without us, whatever
 * is in the queue or on its way. A processor that keeps its queue to itself is left alone.
 */
export class ExportQueue {
  #followed: Followed[] = [];
  #processor: unknown;

  /** Looks for the queues behind the processor of `span`. */
  follow(span: Span): void {
    const processor = (span as { _spanProcessor?: Processor })._spanProcessor;
    if (processor === this.#processor) return;
    this.release();
    this.#processor = processor;
    const queues = [processor, ...(processor?._spanProcessors ?? [])].filter(isQueue);
    this.#followed = queues.map((queue) => ({ queue, extra: 0 }));
  }

  hasRoomFor(spans: number): boolean {
    return this.#followed.every(({ queue, extra }) => {
      const places = queue._maxQueueSize - extra;
      return queue._finishedSpans.length + spans <= places * ROOM_SHARE;
    });
  }

  /** A span of ours is about to enter, also where the queue is full by now: its children may have left already. */
  bringPlace(): void {
    for (const followed of this.#followed) {
      followed.extra++;
      followed.queue._maxQueueSize++;
    }
  }

  /** Takes back the places once a queue has been emptied. */
  settle(): void {
    for (const followed of this.#followed) {
      const { queue, extra } = followed;
      if (extra > 0 && queue._finishedSpans.length < (queue._maxQueueSize - extra) * CALM_SHARE)
        takeBack(followed);
    }
  }

  release(): void {
    for (const followed of this.#followed) takeBack(followed);
    this.#followed = [];
    this.#processor = undefined;
  }
}

function takeBack(followed: Followed): void {
  followed.queue._maxQueueSize -= followed.extra;
  followed.extra = 0;
}

function isQueue(processor: Processor | undefined): processor is Processor & Queue {
  return Array.isArray(processor?._finishedSpans) && typeof processor._maxQueueSize === 'number';
}

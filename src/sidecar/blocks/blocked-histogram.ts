import type { Histogram } from '@opentelemetry/api';
import { asSelf } from '../../base/self.js';
import { ATTR, METRIC } from '../../semconv.js';
import { MeterBinding } from '../../telemetry/meter-binding.js';
import type { OtelAccess } from '../../telemetry/otel-access.js';
import type { EndedBlock } from '../protocol.js';

const BOUNDARIES_S = [0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60];

/** `async.event_loop.blocked`: blocks over the threshold, by cause. */
export class BlockedHistogram {
  #histogram: Histogram | undefined;
  readonly #binding: MeterBinding;

  constructor(otel: OtelAccess) {
    this.#binding = new MeterBinding(otel, (meter) => {
      this.#histogram = meter.createHistogram(METRIC.EVENT_LOOP_BLOCKED, {
        unit: 's',
        description: 'Blocks of the event loop that were longer than `blockedLoopMs`.',
        advice: { explicitBucketBoundaries: BOUNDARIES_S },
      });
      return () => {
        this.#histogram = undefined;
      };
    });
  }

  record(block: EndedBlock): void {
    this.#binding.refresh();
    asSelf(() =>
      this.#histogram?.record(block.durationMs / 1_000, {
        [ATTR.BLOCK_CAUSE]: block.cause,
        [ATTR.THREAD_ID]: block.threadId,
      }),
    );
  }

  stop(): void {
    this.#binding.release();
  }
}

import type { Context, Span } from '@opentelemetry/api';
import { BoundedMap } from '../../base/bounded-map.js';
import { type Clock, monotonic } from '../../base/clock.js';
import type { SpanListener } from '../../telemetry/spans/span-seam.js';
import { ExporterWatch } from './exporter-watch.js';

const OPEN_SPANS = 2_000;
/** As many as the SDK's own queue holds. */
const ENDED_SPANS = 2_048;
/** Where exports cannot be seen, what ended longer ago than the SDK waits for a batch has been exported. */
const BLIND_MS = 6_000;
const SAMPLED = 1;
/** Of tasks: what a trace did in detail is worth less than the trace, and the process is dying. */
const OWN_SPANS = 500;

/**
 * Spans that have not reached the collector: the application's, open or ended and not exported yet; and the last of ours
 * that have ended. Bounded.
 */
export class SpanLedger implements SpanListener {
  readonly #open = new BoundedMap<Span, true>(OPEN_SPANS);
  readonly #ended = new BoundedMap<Span, number>(ENDED_SPANS);
  readonly #own = new BoundedMap<Span, number>(OWN_SPANS);
  readonly exporters: ExporterWatch;

  constructor(
    exported: (successfully: boolean) => void,
    private readonly clock: Clock = monotonic,
  ) {
    this.exporters = new ExporterWatch({
      delivered: (spans) => {
        for (const span of spans as Span[]) {
          this.#ended.delete(span);
          this.#own.delete(span);
          // exported within its `end`, which we hear of afterwards
          this.#open.delete(span);
        }
        exported(true);
      },
      failed: () => exported(false),
    });
  }

  started(span: Span, _parent: Context | undefined): void {
    if ((span.spanContext().traceFlags & SAMPLED) === 0) return;
    this.#open.set(span, true);
    this.exporters.follow(span);
  }

  ended(span: Span): void {
    if (!this.#open.delete(span)) return;
    this.#ended.set(span, this.clock());
  }

  ownEnding(span: Span): void {
    if ((span.spanContext().traceFlags & SAMPLED) === 0) return;
    this.#own.set(span, this.clock());
    this.exporters.follow(span);
  }

  /** What would be lost now. Nobody exports spans that go to no exporter. */
  unexported(): { open: Span[]; ended: Span[] } {
    const { sees, blind } = this.exporters;
    if (!sees && !blind) return { open: [], ended: [] };
    const oldest = sees && !blind ? Number.NEGATIVE_INFINITY : this.clock() - BLIND_MS;
    const ended = [...this.#ended.entries(), ...this.#own.entries()].filter(
      ([, endedAt]) => endedAt >= oldest,
    );
    return { open: [...this.#open.entries()].map(([span]) => span), ended: ended.map(([span]) => span) };
  }

  stop(): void {
    this.exporters.stop();
    this.#open.clear();
    this.#ended.clear();
    this.#own.clear();
  }
}

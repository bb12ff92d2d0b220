import type { Context, Span } from '@opentelemetry/api';
import { BoundedMap } from '../../base/bounded-map.js';
import { type Clock, monotonic } from '../../base/clock.js';
import type { SpanListener } from '../../telemetry/spans/span-seam.js';
import { ExporterWatch, type Route, type SeenExporter } from './exporter-watch.js';

const OPEN_SPANS = 2_000;
/** As many as the SDK's own queue holds. */
const ENDED_SPANS = 2_048;
/** Where exports cannot be seen, what ended longer ago than the SDK waits for a batch has been exported. */
const BLIND_MS = 6_000;
const SAMPLED = 1;
/** Of tasks: what a trace did in detail is worth less than the trace, and the process is dying. */
const OWN_SPANS = 500;

interface Entry {
  readonly route: Route;
  endedAt: number;
}

/**
 * Spans that have not reached the collector: the application's, open or ended and not exported yet; and the last of ours
 * that have ended. Bounded.
 */
export class SpanLedger implements SpanListener {
  readonly #open = new BoundedMap<Span, Entry>(OPEN_SPANS);
  readonly #ended = new BoundedMap<Span, Entry>(ENDED_SPANS);
  readonly #own = new BoundedMap<Span, Entry>(OWN_SPANS);
  readonly exporters: ExporterWatch;

  constructor(
    exported: (successfully: boolean) => void,
    private readonly clock: Clock = monotonic,
  ) {
    this.exporters = new ExporterWatch({
      delivered: (spans, by) => {
        for (const span of spans as Span[]) this.#delivered(span, by);
      },
      exported,
    });
  }

  #delivered(span: Span, by: SeenExporter): void {
    // one that is still open is exported within its `end`, which we hear of afterwards
    for (const spans of [this.#ended, this.#own, this.#open]) {
      const entry = spans.get(span);
      if (entry !== undefined && confirms(by, entry.route)) spans.delete(span);
    }
  }

  started(span: Span, _parent: Context | undefined): void {
    this.#follow(span, this.#open);
  }

  ended(span: Span): void {
    const entry = this.#open.get(span);
    if (entry === undefined) return;
    this.#open.delete(span);
    entry.endedAt = this.clock();
    this.#ended.set(span, entry);
  }

  ownEnding(span: Span): void {
    this.#follow(span, this.#own);
  }

  /** Nobody exports spans that go to no exporter. */
  #follow(span: Span, spans: BoundedMap<Span, Entry>): void {
    if ((span.spanContext().traceFlags & SAMPLED) === 0) return;
    const route = this.exporters.follow(span);
    if (route.blind || route.exporters.length > 0) spans.set(span, { route, endedAt: this.clock() });
  }

  /** What would be lost now. */
  unexported(): { open: Span[]; ended: Span[] } {
    const oldestBlind = this.clock() - BLIND_MS;
    const ended = [...this.#ended.entries(), ...this.#own.entries()].filter(
      ([, { route, endedAt }]) => !route.blind || endedAt >= oldestBlind,
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

/** What was written to the console may be on its way to a collector as well, and that is where a crash is told. */
function confirms(by: SeenExporter, { exporters }: Route): boolean {
  return by.answers === 'later' || exporters.every((other) => other === by || other.answers === 'at once');
}

import type { Context, Span } from '@opentelemetry/api';
import { AttendedTime } from '../../base/attended-time.js';
import { BoundedMap } from '../../base/bounded-map.js';
import { type Clock, monotonic } from '../../base/clock.js';
import { EXPORT_MS } from '../../config/batch-schedule.js';
import type { SpanListener } from '../../telemetry/spans/span-seam.js';
import { ExporterWatch, type Route, type SeenExporter } from './exporter-watch.js';

const OPEN_SPANS = 2_000;
/** As many as the SDK's own queue holds. */
const ENDED_SPANS = 2_048;
const SAMPLED = 1;
/** Of tasks: what a trace did in detail is worth less than the trace, and the process is dying. */
const OWN_SPANS = 500;

interface Entry {
  readonly route: Route;
  endedAt: number;
  /** The exporter that has it, or had it in vain: no processor holds it back. */
  givenTo: SeenExporter | undefined;
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
  /** While the loop stands still no batch is exported. */
  readonly #time: AttendedTime;

  constructor(exported: (successfully: boolean) => void, clock: Clock = monotonic) {
    this.#time = new AttendedTime(clock);
    this.exporters = new ExporterWatch({
      exporting: (spans, by) => {
        for (const span of spans as Span[]) this.#given(span, by);
      },
      delivered: (spans, by) => {
        for (const span of spans as Span[]) this.#delivered(span, by);
      },
      exported,
    });
  }

  #given(span: Span, to: SeenExporter): void {
    for (const spans of [this.#ended, this.#own, this.#open]) {
      const entry = spans.get(span);
      if (entry !== undefined && !isUnderWay(entry)) entry.givenTo = to;
    }
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
    entry.endedAt = this.#time.nowMs;
    this.#ended.set(span, entry);
  }

  ownEnding(span: Span): void {
    this.#follow(span, this.#own);
  }

  /** Nobody exports spans that go to no exporter. */
  #follow(span: Span, spans: BoundedMap<Span, Entry>): void {
    if ((span.spanContext().traceFlags & SAMPLED) === 0) return;
    const route = this.exporters.follow(span);
    if (!route.blind && route.exporters.length === 0) return;
    spans.set(span, { route, endedAt: this.#time.nowMs, givenTo: undefined });
  }

  /**
   * To be called about once a second. Forgets what has long been exported where nobody sees it; and where it would be
   * seen, what no exporter was given: a processor has dropped it, by the application's own will.
   */
  tick(): void {
    const now = this.#time.tick();
    for (const spans of [this.#ended, this.#own]) {
      for (const [span, entry] of spans.entries()) {
        if (now - entry.endedAt > keptMs(entry)) spans.delete(span);
      }
    }
  }

  /** What would be lost now. */
  unexported(): { open: Span[]; ended: Span[] } {
    const spansOf = (spans: BoundedMap<Span, Entry>) => [...spans.entries()].map(([span]) => span);
    return { open: spansOf(this.#open), ended: [...spansOf(this.#ended), ...spansOf(this.#own)] };
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

/** That the console has it says nothing of what the other processors do with it. */
function isUnderWay({ givenTo }: Entry): boolean {
  return givenTo !== undefined && givenTo.answers !== 'at once';
}

function keptMs(entry: Entry): number {
  const { route } = entry;
  if (route.blind) return route.delayMs + EXPORT_MS;
  if (isUnderWay(entry)) return Number.POSITIVE_INFINITY;
  // a batch is not taken while another is under way
  const isBusy = route.exporters.some(({ underWay }) => underWay > 0);
  return 2 * route.delayMs + EXPORT_MS + (isBusy ? route.timeoutMs : 0);
}

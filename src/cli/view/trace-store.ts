import { BoundedMap } from '../../base/bounded-map.js';
import type { Clock } from '../../base/clock.js';
import type { ViewSpan } from './span.js';
import type { TraceView } from './waterfall.js';

/** Exporters send a trace in several batches, seconds apart, children first. */
export const TRACE_TIMES = {
  /** No span for so long, and nothing known to be missing: the trace is complete. */
  quietMs: 700,
  /** No span for so long: the trace is shown as it is. A batch is sent every 5 s by default. */
  giveUpMs: 6_000,
  /** A trace that never falls quiet is shown in parts. */
  oldestMs: 30_000,
} as const;

const MAX_TRACES = 500;
const MAX_SPANS_PER_TRACE = 5_000;
const MAX_SPANS = 50_000;
const SHOWN_REMEMBERED = 2_000;

interface OpenTrace {
  spans: ViewSpan[];
  dropped: number;
  firstMs: number;
  lastMs: number;
  laterOf: string | undefined;
}

/** Collects spans into traces, in any order, and hands each trace on once, when it seems complete. Bounded. */
export class TraceStore {
  readonly #open: BoundedMap<string, OpenTrace>;
  readonly #shown = new BoundedMap<string, string>(SHOWN_REMEMBERED);
  #spans = 0;

  constructor(
    private readonly clock: Clock,
    private readonly show: (trace: TraceView) => void,
  ) {
    this.#open = new BoundedMap(MAX_TRACES, (traceId, trace) => this.#handOn(traceId, trace));
  }

  add(span: ViewSpan): void {
    const now = this.clock();
    let trace = this.#open.get(span.traceId);
    if (trace === undefined) {
      trace = { spans: [], dropped: 0, firstMs: now, lastMs: now, laterOf: this.#shown.get(span.traceId) };
      this.#open.set(span.traceId, trace);
    }
    trace.lastMs = now;
    if (trace.spans.length >= MAX_SPANS_PER_TRACE) {
      trace.dropped++;
      return;
    }
    trace.spans.push(span);
    if (++this.#spans > MAX_SPANS) this.#closeOldest();
  }

  /** To be called a few times a second. */
  tick(): void {
    const now = this.clock();
    for (const [traceId, trace] of [...this.#open.entries()]) {
      const quiet = now - trace.lastMs;
      const due =
        quiet >= TRACE_TIMES.giveUpMs ||
        now - trace.firstMs >= TRACE_TIMES.oldestMs ||
        (quiet >= TRACE_TIMES.quietMs && (trace.laterOf !== undefined || complete(trace.spans)));
      if (due) this.#close(traceId, trace);
    }
  }

  /** Hands on everything at once: no more spans will come. */
  drain(): void {
    for (const [traceId, trace] of [...this.#open.entries()]) this.#close(traceId, trace);
  }

  #closeOldest(): void {
    const oldest = this.#open.entries().next().value;
    if (oldest !== undefined) this.#close(oldest[0], oldest[1]);
  }

  #close(traceId: string, trace: OpenTrace): void {
    this.#open.delete(traceId);
    this.#handOn(traceId, trace);
  }

  #handOn(traceId: string, trace: OpenTrace): void {
    this.#spans -= trace.spans.length;
    if (trace.laterOf === undefined) this.#shown.set(traceId, rootOf(trace.spans)?.name ?? 'a trace');
    this.show({ traceId, spans: trace.spans, dropped: trace.dropped, laterOf: trace.laterOf });
  }
}

function complete(spans: readonly ViewSpan[]): boolean {
  const known = new Set(spans.map((span) => span.spanId));
  return rootOf(spans) !== undefined && spans.every((span) => !span.parentId || known.has(span.parentId));
}

function rootOf(spans: readonly ViewSpan[]): ViewSpan | undefined {
  return spans.find((span) => span.parentId === undefined) ?? spans.find((span) => span.remoteParent);
}

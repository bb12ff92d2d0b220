import type { Clock } from '../../base/clock.js';
import { RateLimiter } from '../../base/rate-limiter.js';
import type { LogsRequest, MetricsRequest, TracesRequest } from '../../otlp/messages.js';
import type { Rejection, Sink } from '../receiver/signals.js';
import { plural } from './figures.js';
import { lagFigures } from './lag.js';
import { LagBook } from './lag-book.js';
import { logLines } from './log-line.js';
import { glyphs, type Look, paint } from './look.js';
import { serviceOf } from './service.js';
import { viewSpan } from './span.js';
import { TraceStore } from './trace-store.js';
import { type TraceView, waterfall } from './waterfall.js';

/** Nobody reads more than that; the rest is counted. */
const TRACES_PER_SECOND = 5;
const TRACES_AT_ONCE = 40;
const LOGS_PER_SECOND = 20;
const LOGS_AT_ONCE = 200;
const LAG_EVERY_MS = 5_000;
const UNSHOWN_EVERY_MS = 5_000;

/** Turns what is received into text. Pure but for `write` and the clock; bounded, whatever comes. */
export class Viewer implements Sink {
  readonly #traces: TraceStore;
  readonly #lag = new LagBook();
  readonly #traceLimit: RateLimiter;
  readonly #logLimit: RateLimiter;
  #lagShownMs: number;
  #unshown = { traces: 0, logs: 0 };
  #unshownToldMs: number;

  constructor(
    private readonly clock: Clock,
    private readonly look: () => Look,
    private readonly write: (lines: readonly string[]) => void,
  ) {
    this.#traces = new TraceStore(clock, (trace) => this.#showTrace(trace));
    this.#traceLimit = new RateLimiter(clock, TRACES_PER_SECOND, TRACES_AT_ONCE);
    this.#logLimit = new RateLimiter(clock, LOGS_PER_SECOND, LOGS_AT_ONCE);
    this.#lagShownMs = clock();
    this.#unshownToldMs = clock();
  }

  traces(request: TracesRequest): Rejection {
    let rejected = 0;
    for (const { resource, scopeSpans } of request.resourceSpans ?? []) {
      const service = serviceOf(resource);
      for (const { spans } of scopeSpans ?? []) {
        for (const span of spans ?? []) {
          const view = viewSpan(span, service);
          if (view === undefined) rejected++;
          else this.#traces.add(view);
        }
      }
    }
    return rejected === 0 ? undefined : { count: rejected, reason: 'trace id or span id is not valid' };
  }

  metrics(request: MetricsRequest): Rejection {
    this.#lag.add(request);
    return undefined;
  }

  logs(request: LogsRequest): Rejection {
    for (const { resource, scopeLogs } of request.resourceLogs ?? []) {
      const service = serviceOf(resource);
      for (const { logRecords } of scopeLogs ?? []) {
        for (const record of logRecords ?? []) {
          if (this.#logLimit.take()) this.write(['', ...logLines(record, service, this.look())]);
          else this.#unshown.logs++;
        }
      }
    }
    return undefined;
  }

  /** To be called a few times a second. */
  tick(): void {
    this.#traces.tick();
    if (this.clock() - this.#lagShownMs >= LAG_EVERY_MS) this.showLag();
    if (this.clock() - this.#unshownToldMs >= UNSHOWN_EVERY_MS) this.#tellUnshown();
  }

  /** Shows what is still held back. */
  drain(): void {
    this.#traces.drain();
    this.showLag();
    this.#tellUnshown();
  }

  #showTrace(trace: TraceView): void {
    if (this.#traceLimit.take()) this.write(['', ...waterfall(trace, this.look())]);
    else this.#unshown.traces++;
  }

  /** Shows the lag of each loop since it was last shown. */
  showLag(): void {
    this.#lagShownMs = this.clock();
    for (const view of this.#lag.take()) this.write(['', ...lagFigures(view, this.look())]);
  }

  /** Forgets the lag until now: what is shown next begins here. */
  forgetLag(): void {
    this.#lagShownMs = this.clock();
    this.#lag.take();
  }

  #tellUnshown(): void {
    this.#unshownToldMs = this.clock();
    const { traces, logs } = this.#unshown;
    if (traces + logs === 0) return;
    const cut = glyphs(this.look()).cut;
    const what = [traces > 0 ? plural(traces, 'trace') : '', logs > 0 ? plural(logs, 'log record') : ''];
    this.#unshown = { traces: 0, logs: 0 };
    this.write([
      '',
      paint(this.look(), 'dim', `${cut} ${what.filter(Boolean).join(' and ')} more than anyone can read`),
    ]);
  }
}

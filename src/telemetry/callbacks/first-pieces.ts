import type { Span } from '@opentelemetry/api';
import type { Clock } from '../../base/clock.js';
import { expectedMsWithin } from '../../base/expected-work.js';
import { asSelf } from '../../base/self.js';
import type { RunWatch, SlowRun } from '../../tasks/run-watch.js';

/** `span` is the local root with which the piece began. Called in the midst of the application's work. */
export type FirstPieceListener = (span: Span, run: SlowRun) => void;

const settled = Promise.resolve();

/**
 * Times what runs in no task at the begin of a trace: from the start of its local root until that ends, the next one
 * starts or the callback returns. That is a request's handler before its first `await`, which no hook tells of: it
 * was called by Node, and the hooks go on with the trace. Costs two readings of the clock and a microtask a trace.
 */
export class FirstPieces {
  #span: Span | undefined;
  #startMs = 0;
  #ownBefore = 0;
  #awaitsReturn = false;
  /** Runs of tasks inside it that were told of by themselves. */
  #told: SlowRun[] = [];

  constructor(
    private readonly clock: Clock,
    private readonly runs: RunWatch,
    private readonly thresholdMs: () => number,
    private readonly listener: FirstPieceListener,
  ) {}

  started(span: Span): void {
    const now = this.clock();
    this.#close(now);
    this.#span = span;
    this.#startMs = now;
    this.#ownBefore = this.runs.ownMs;
    if (this.#awaitsReturn) return;
    this.#awaitsReturn = true;
    // before whatever the application queues from now on, which is to run when its callback has returned
    asSelf(() => void settled.then(this.#returned));
  }

  ended(span: Span): void {
    if (span === this.#span) this.#close(this.clock());
  }

  told(run: SlowRun): void {
    if (this.#span === undefined) return;
    this.#told = this.#told.filter(({ startMs }) => startMs < run.startMs);
    this.#told.push(run);
  }

  /** Whether so much of `run`, of no known task, is such a piece that this says more. */
  covers(run: SlowRun): boolean {
    if (this.#span === undefined || run.startMs > this.#startMs) return false;
    return run.endMs - this.#startMs >= this.thresholdMs();
  }

  readonly #returned = (): void => {
    this.#awaitsReturn = false;
    if (this.#span !== undefined) this.#close(this.clock());
  };

  #close(endMs: number): void {
    const span = this.#span;
    if (span === undefined) return;
    this.#span = undefined;
    const startMs = this.#startMs;
    const told = this.#told;
    if (told.length > 0) this.#told = [];
    // most are short: the rest need not be looked at
    if (endMs - startMs < this.thresholdMs()) return;
    const elsewhereMs = told.reduce((sum, run) => sum + run.durationMs, 0);
    const ownMs = this.runs.ownMs - this.#ownBefore;
    const durationMs = endMs - startMs - expectedMsWithin(startMs, endMs) - ownMs;
    if (durationMs - elsewhereMs < this.thresholdMs()) return;
    this.listener(span, {
      startMs,
      endMs,
      durationMs,
      busiest: undefined,
      busiestMs: 0,
      told: false,
    });
  }
}

import { ROOT_CONTEXT, type Span, SpanKind, SpanStatusCode, type Tracer, trace } from '@opentelemetry/api';
import { asSelf } from '../../base/self.js';
import { ATTR, SCOPE } from '../../semconv.js';
import { nameOfTask } from '../../tasks/names.js';
import type { Task, TaskScope } from '../../tasks/task.js';
import type { TraceIdentity } from '../../types.js';
import { VERSION } from '../../version.js';
import { addSlowRuns } from '../callbacks/slow-run-events.js';
import type { OtelAccess } from '../otel-access.js';
import { addStuck } from '../stuck/stuck-span-event.js';
import type { TimeAnchor } from './hr-time.js';
import { taskAttributes } from './task-attributes.js';
import type { TaskMetrics } from './task-metrics.js';

/** Differences smaller than this come from two clocks, not from the program. */
const CLOCK_ERROR_MS = 1;
/** A nanosecond. Jaeger takes a span without width for one of negative duration, and says so. */
const SHORTEST_MS = 1e-6;

/** When a span began and ended, as it is reported, in milliseconds of our clock. */
export interface SpanTimes {
  startMs: number;
  endMs: number | undefined;
}

interface WrittenTimes extends SpanTimes {
  /** When the last of the spans inside ended, of those that have. */
  lastInsideMs?: number;
}

/** A scope whose tasks become spans. */
export interface SpanScope extends TaskScope {
  readonly anchor: TimeAnchor;
  /** Work of ours that those who were running when the trace ended had to wait for. */
  readonly ownMs: number;
  /** The trace that `spanId`, a span of the application's, belongs to; `undefined` for the empty id. */
  identityOf(spanId: string): TraceIdentity | undefined;
  /** Of a span of the application's, where known. */
  timesOf(spanId: string): SpanTimes | undefined;
  /** Whether what `task` causes is told apart from it. */
  separates(task: Task): boolean;
}

/** Writes tasks of one scope as spans, parents first, each once. Spans of tasks that still run stay open. */
export class TaskSpanWriter {
  readonly #open = new Map<Task, Span>();
  /** Children are fitted into what was written of their parents, not into what was measured. */
  readonly #written = new WeakMap<Task, WrittenTimes>();

  constructor(
    private readonly otel: OtelAccess,
    private readonly scope: SpanScope,
    private readonly metrics: TaskMetrics,
    /** Called just before a span ends, and with that goes to be exported. */
    private readonly onEnding: () => void = () => {},
  ) {}

  /** Ids are given in order of creation, so a parent always comes before its children. */
  write(tasks: readonly Task[]): void {
    const tracer = this.otel.tracerProvider()?.getTracer(SCOPE, VERSION);
    if (tracer === undefined) return;
    asSelf(() => {
      for (const task of tasks) this.#start(tracer, task);
    });
  }

  /** Ends the open spans of tasks that have ended, and of the others as pending where `atMs` is given. */
  settle(atMs?: number): void {
    asSelf(() => {
      for (const [task, span] of this.#open) {
        if (!task.ended && atMs === undefined) continue;
        this.#open.delete(task);
        this.#end(task, span, task.ended ? task.endMs : Math.max(atMs as number, task.startMs));
      }
    });
  }

  #start(tracer: Tracer, task: Task): void {
    const parent = this.#parentOf(task);
    const identity = parent?.span ?? this.scope.identityOf(task.activeSpanId);
    const startMs = withinEnd(
      withinStart(task.startMs, this.#startAbove(task, parent)),
      this.#endAbove(task, parent),
      CLOCK_ERROR_MS,
    );
    const span = tracer.startSpan(
      nameOfTask(task),
      { kind: SpanKind.INTERNAL, startTime: this.scope.anchor.toHrTime(startMs) },
      identity ? trace.setSpanContext(ROOT_CONTEXT, identity) : ROOT_CONTEXT,
    );
    const { traceId, spanId, traceFlags } = span.spanContext();
    task.span = { traceId, spanId, traceFlags };
    this.#written.set(task, { startMs, endMs: undefined });
    this.#open.set(task, span);
  }

  /** The nearest enclosing task with a span, unless a span was activated inside that one: then this is the parent. */
  #parentOf(task: Task): Task | undefined {
    for (let at = task.parent; at !== undefined && at.activeSpanId === task.activeSpanId; at = at.parent) {
      if (this.scope.separates(at)) return undefined;
      if (at.span !== undefined) return at;
    }
    return undefined;
  }

  #startAbove(task: Task, parent: Task | undefined): number | undefined {
    if (parent === undefined) return this.scope.timesOf(task.activeSpanId)?.startMs;
    return this.#written.get(parent)?.startMs ?? parent.startMs;
  }

  /** Of the nearest enclosing span that has ended. */
  #endAbove(task: Task, parent: Task | undefined): number | undefined {
    for (let at = parent; at !== undefined; at = this.#parentOf(at)) {
      const end = this.#written.get(at)?.endMs;
      if (end !== undefined) return end;
    }
    return this.scope.timesOf(task.activeSpanId)?.endMs;
  }

  #end(task: Task, span: Span, endMs: number): void {
    const outcome = task.ended ? task.outcome : 'pending';
    const parent = this.#parentOf(task);
    this.metrics.ended(task.kind, outcome, (endMs - task.startMs) / 1_000);
    span.setAttributes(taskAttributes(task, outcome, endMs));
    if (task.parent !== undefined && task.parent !== parent) {
      span.setAttribute(ATTR.TASK_TRIGGER_ID, task.parent.id);
    }
    if (task.unhandledError !== undefined) {
      span.setStatus({ code: SpanStatusCode.ERROR, message: task.unhandledError });
    }
    const times: WrittenTimes = this.#written.get(task) ?? { startMs: task.startMs, endMs: undefined };
    const allowedMs = CLOCK_ERROR_MS + this.scope.ownMs;
    const end = around(
      withinEnd(endMs, this.#endAbove(task, parent), allowedMs),
      times.lastInsideMs,
      allowedMs,
    );
    times.endMs = Math.max(times.startMs + SHORTEST_MS, end);
    const outer = parent && this.#written.get(parent);
    if (outer) outer.lastInsideMs = Math.max(outer.lastInsideMs ?? times.endMs, times.endMs);
    const within = (ms: number) =>
      this.scope.anchor.toHrTime(Math.min(Math.max(ms, times.startMs), times.endMs as number));
    addSlowRuns(span, task, within);
    addStuck(span, task, within);
    this.onEnding();
    span.end(this.scope.anchor.toHrTime(times.endMs));
  }
}

function withinStart(startMs: number, parentStart: number | undefined): number {
  const early = parentStart !== undefined && startMs < parentStart && parentStart - startMs < CLOCK_ERROR_MS;
  return early ? parentStart : startMs;
}

function withinEnd(endMs: number, parentEnd: number | undefined, allowedMs: number): number {
  const late = parentEnd !== undefined && endMs > parentEnd && endMs - parentEnd < allowedMs;
  return late ? parentEnd : endMs;
}

/** Short runs are timed together: what was inside may have been written with a later end. */
function around(endMs: number, lastInsideMs: number | undefined, allowedMs: number): number {
  const early = lastInsideMs !== undefined && lastInsideMs > endMs && lastInsideMs - endMs < allowedMs;
  return early ? lastInsideMs : endMs;
}

import { ROOT_CONTEXT, type Span, SpanKind, SpanStatusCode, type Tracer, trace } from '@opentelemetry/api';
import { asSelf } from '../base/self.js';
import { SCOPE } from '../semconv.js';
import { nameOfTask } from '../tasks/names.js';
import type { Task } from '../tasks/task.js';
import { VERSION } from '../version.js';
import type { OtelAccess } from './otel-access.js';
import { taskAttributes } from './task-attributes.js';
import type { TraceScope } from './trace-scope.js';

/** Differences smaller than this come from two clocks, not from the program. */
const CLOCK_ERROR_MS = 1;

/** Writes tasks of one trace as spans, parents first, each once. Spans of tasks that still run stay open. */
export class TaskSpanWriter {
  readonly #open = new Map<Task, Span>();

  constructor(
    private readonly otel: OtelAccess,
    private readonly scope: TraceScope,
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
    const parentId = this.#parentSpanId(task);
    const parent = this.scope.timesOf(parentId);
    const startMs = withinStart(task.startMs, parent?.startMs);
    const span = tracer.startSpan(
      nameOfTask(task),
      { kind: SpanKind.INTERNAL, startTime: this.scope.anchor.toHrTime(startMs) },
      trace.setSpanContext(ROOT_CONTEXT, this.scope.identityOf(parentId)),
    );
    task.spanId = span.spanContext().spanId;
    this.#open.set(task, span);
  }

  /** The nearest enclosing task with a span, unless a span was activated inside that one: then this. */
  #parentSpanId(task: Task): string {
    for (let at = task.parent; at !== undefined && at.activeSpanId === task.activeSpanId; at = at.parent) {
      if (at.spanId !== undefined) return at.spanId;
    }
    return task.activeSpanId;
  }

  #end(task: Task, span: Span, endMs: number): void {
    const outcome = task.ended ? task.outcome : 'pending';
    span.setAttributes(taskAttributes(task, outcome, endMs));
    if (task.unhandledError !== undefined) {
      span.setStatus({ code: SpanStatusCode.ERROR, message: task.unhandledError });
    }
    const parentEnd = this.#endOfParent(task);
    span.end(this.scope.anchor.toHrTime(withinEnd(endMs, parentEnd)));
  }

  #endOfParent(task: Task): number | undefined {
    for (let at = task.parent; at !== undefined && at.activeSpanId === task.activeSpanId; at = at.parent) {
      if (at.spanId !== undefined) return at.ended ? at.endMs : undefined;
    }
    return this.scope.timesOf(task.activeSpanId)?.endMs;
  }
}

function withinStart(startMs: number, parentStart: number | undefined): number {
  const early = parentStart !== undefined && startMs < parentStart && parentStart - startMs < CLOCK_ERROR_MS;
  return early ? parentStart : startMs;
}

function withinEnd(endMs: number, parentEnd: number | undefined): number {
  const late = parentEnd !== undefined && endMs > parentEnd && endMs - parentEnd < CLOCK_ERROR_MS;
  return late ? parentEnd : endMs;
}

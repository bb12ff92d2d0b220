import type { HrTime, Span } from '@opentelemetry/api';
import type { Task } from '../tasks/task.js';
import type { TraceIdentity } from '../types.js';
import { hrTimeOfEpochMs, isHrTime, TimeAnchor } from './hr-time.js';
import type { SpanScope } from './task-spans.js';

/** Tasks one trace may hold before finished ones are written out early. */
export const SCOPE_CAPACITY = 2_000;
/** A root whose reported start is farther away than this was given a start time of its own. */
const OWN_START_MS = 50;

interface SpanTimes {
  startMs: number;
  endMs: number | undefined;
}

/** The tasks of one local root span. Holds the span itself only while it is recording. */
export class TraceScope implements SpanScope {
  readonly traceId: string;
  readonly rootSpanId: string;
  readonly anchor: TimeAnchor;
  readonly timers = new Set<Task>();
  readonly #spans = new Map<string, SpanTimes>();
  readonly #flags: number;
  tasks: Task[] = [];
  closed = false;
  /** The root has ended: no task is added any more, those that are here may still end. */
  rootEndMs: number | undefined;
  emitted = 0;
  shed = 0;
  /** The export queue had no room: nothing more is written, so that no child loses its parent. */
  crowdedOut = false;
  /** Emitted as pending: whoever settles now is told of by an event. */
  pending: Set<Task> | undefined;
  #root: Span | undefined;

  constructor(
    root: Span,
    readonly startedMs: number,
    private readonly everything: boolean,
    private readonly onLateEnd: (scope: TraceScope, task: Task) => void,
  ) {
    const { traceId, spanId, traceFlags } = root.spanContext();
    this.traceId = traceId;
    this.rootSpanId = spanId;
    this.#flags = traceFlags;
    this.#root = root;
    this.anchor = new TimeAnchor(startedMs, startTimeOf(root));
    this.spanStarted(root);
  }

  get root(): Span | undefined {
    return this.#root;
  }

  added(task: Task): void {
    if (task.ownership === 'internal' && !this.everything) return;
    if (this.tasks.length < SCOPE_CAPACITY) this.tasks.push(task);
    else this.shed++;
  }

  ended(task: Task): void {
    if (this.pending?.delete(task)) this.onLateEnd(this, task);
  }

  identity(task: Task): TraceIdentity {
    return task.span ?? this.identityOf(task.activeSpanId);
  }

  identityOf(spanId: string): TraceIdentity {
    return { traceId: this.traceId, spanId, traceFlags: this.#flags };
  }

  separates(): boolean {
    return false;
  }

  spanStarted(span: Span): void {
    if (this.#spans.size >= SCOPE_CAPACITY) return;
    const start = startTimeOf(span);
    this.#spans.set(span.spanContext().spanId, { startMs: this.anchor.toMs(start), endMs: undefined });
  }

  spanEnded(span: Span): void {
    const times = this.#spans.get(span.spanContext().spanId);
    const end = (span as { endTime?: unknown }).endTime;
    if (times !== undefined && isHrTime(end)) times.endMs = this.anchor.toMs(end);
  }

  /** When an application's span of this trace began and ended, in our milliseconds. */
  timesOf(spanId: string): SpanTimes | undefined {
    return this.#spans.get(spanId);
  }

  /** Lets go of everything that belongs to OpenTelemetry or could pin the request's memory. */
  close(): void {
    this.closed = true;
    this.#root = undefined;
    this.tasks = [];
    this.timers.clear();
    this.#spans.clear();
  }
}

function startTimeOf(span: Span): HrTime {
  const start = (span as { startTime?: unknown }).startTime;
  const now = Date.now();
  if (!isHrTime(start)) return hrTimeOfEpochMs(now);
  const away = Math.abs(start[0] * 1000 + start[1] / 1e6 - now);
  return away > OWN_START_MS ? hrTimeOfEpochMs(now) : start;
}

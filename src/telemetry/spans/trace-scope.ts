import { type HrTime, type Span, SpanKind } from '@opentelemetry/api';
import { type Clock, readBoth } from '../../base/clock.js';
import type { TraceUnderWay } from '../../detectors/stuck-tasks.js';
import { answerAtHand, type HttpAnswer, isExpected } from '../../probes/http-answer.js';
import type { Task } from '../../tasks/task.js';
import type { TraceIdentity } from '../../types.js';
import { hrTimeOfEpochMs, isHrTime, TimeAnchor } from './hr-time.js';
import type { SpanScope, SpanTimes } from './task-spans.js';

/** Tasks one trace may hold before finished ones are written out early. */
export const SCOPE_CAPACITY = 2_000;

/** The tasks of one local root span. Holds the span itself only while it is recording. */
export class TraceScope implements SpanScope, TraceUnderWay {
  readonly traceId: string;
  readonly rootSpanId: string;
  readonly anchor: TimeAnchor;
  readonly startedMs: number;
  readonly timers = new Set<Task>();
  readonly #spans = new Map<string, SpanTimes>();
  readonly #flags: number;
  tasks: Task[] = [];
  closed = false;
  /** The root has ended: no task is added any more, those that are here may still end. */
  rootEndMs: number | undefined;
  /** What was written while the root's `end` was called took so long; those who called it end later by that. */
  ownMs = 0;
  emitted = 0;
  /** Tasks beyond the scope's capacity. */
  shed = 0;
  /** Tasks that are not told of, or have no record. */
  unseen = 0;
  /** Tasks beyond the limit of a trace, as of the last selection. */
  dropped = 0;
  /** Nothing is written, or nothing more: there was no budget, or no room to export it. So no child loses its parent. */
  withheld = false;
  /** Emitted as pending: whoever settles now is told of by an event. */
  pending: Set<Task> | undefined;
  #root: Span | undefined;
  readonly #answer: WeakRef<HttpAnswer> | undefined;

  constructor(
    root: Span,
    clock: Clock,
    private readonly everything: boolean,
    private readonly onLateEnd: (scope: TraceScope, task: Task) => void,
  ) {
    const { traceId, spanId, traceFlags } = root.spanContext();
    this.traceId = traceId;
    this.rootSpanId = spanId;
    this.#flags = traceFlags;
    this.#root = root;
    const answer = (root as { kind?: unknown }).kind === SpanKind.SERVER ? answerAtHand() : undefined;
    this.#answer = answer && new WeakRef(answer);
    this.startedMs = clock();
    this.anchor = anchorOf(root, clock);
    this.spanStarted(root);
  }

  get root(): Span | undefined {
    return this.#root;
  }

  get expected(): boolean | undefined {
    return this.#answer && isExpected(this.#answer.deref());
  }

  added(task: Task): void {
    if (task.ownership === 'internal' && !this.everything) this.unseen++;
    else if (this.tasks.length < SCOPE_CAPACITY) this.tasks.push(task);
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
    if (start === undefined) return;
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

/**
 * What the SDK's spans hold beside their start, which is truncated to whole milliseconds: when that was on the monotonic
 * clock, and whether the application said it (`SpanImpl` of @opentelemetry/sdk-trace, private there).
 */
interface SdkTimes {
  _performanceStartTime?: unknown;
  _startTimeProvided?: unknown;
}

/**
 * A root's end is counted from its start, so both lend their times to its trace. A root that was given a start of its
 * own does not. Of one that does not tell, the start counts where it is of this very millisecond: the present time is
 * good to a millisecond.
 */
function anchorOf(root: Span, clock: Clock): TimeAnchor {
  const start = startTimeOf(root);
  const { _performanceStartTime: startMs, _startTimeProvided: provided } = root as SdkTimes;
  if (start !== undefined && typeof startMs === 'number' && provided === false) {
    return new TimeAnchor(startMs, start);
  }
  const { monotonicMs, epochMs } = readBoth(clock);
  const justNow =
    start !== undefined && provided !== true && Math.abs(start[0] * 1000 + start[1] / 1e6 - epochMs) < 1;
  return new TimeAnchor(monotonicMs, justNow ? start : hrTimeOfEpochMs(epochMs));
}

function startTimeOf(span: Span): HrTime | undefined {
  const start = (span as { startTime?: unknown }).startTime;
  return isHrTime(start) ? start : undefined;
}

import { type Context, createContextKey, type Span, trace } from '@opentelemetry/api';
import { asSelf } from '../../base/self.js';
import type { ResolvedOptions } from '../../config/options.js';
import type { FeatureEnvironment } from '../../feature.js';
import { ATTR, EVENT } from '../../semconv.js';
import type { Place } from '../../tasks/registry.js';
import { selectTasks, withAncestors } from '../../tasks/selection.js';
import { stampOf } from '../../tasks/stamp.js';
import type { Task } from '../../tasks/task.js';
import { ExportQueue } from './export-queue.js';
import { LateEnds } from './late-ends.js';
import type { SpanListener } from './span-seam.js';
import type { TaskMetrics } from './task-metrics.js';
import { TaskSpanWriter } from './task-spans.js';
import { TraceBudget } from './trace-budget.js';
import { SCOPE_CAPACITY, TraceScope } from './trace-scope.js';
import type { Tracking } from './tracking-windows.js';

/** The key under which every OpenTelemetry SDK for JavaScript marks its own work. */
const SUPPRESS_TRACING = createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING');
/** A trace that runs longer has its finished tasks written out early. */
const EARLY_FLUSH_MS = 10_000;
const MAX_OPEN_TRACES = 1_000;
/** What the SDK does with a span that ends, the first one included. */
const LONGEST_END_MS = 50;

interface Detail {
  scope: TraceScope;
  /** Absent where nothing is to be written. */
  writer: TaskSpanWriter | undefined;
}

/**
 * Decides which traces get task spans, and writes them when the trace's local root ends. Hooks are wanted only while
 * such a trace runs.
 */
export class TraceDetail implements SpanListener {
  readonly #scopeOf = stampOf<TraceScope>();
  readonly #open = new Map<TraceScope, Detail>();
  readonly #budget: TraceBudget;
  readonly #queue = new ExportQueue();
  readonly #lateEnds: LateEnds;
  #lastContext: Context | undefined;
  #lastPlace: Place | undefined;

  constructor(
    private readonly environment: FeatureEnvironment,
    private readonly options: ResolvedOptions,
    private readonly metrics: TaskMetrics,
    private readonly tracking: Tracking,
  ) {
    this.#lateEnds = new LateEnds(environment);
    this.#budget = new TraceBudget(tracking.meter, options);
  }

  /** Where a task that is created now belongs; `elsewhere` outside traces with detail, nowhere in suppressed code. */
  place(elsewhere: Place | undefined): Place | undefined {
    const context = this.environment.otel.frequentContext();
    if (context === undefined) return elsewhere;
    if (context === this.#lastContext) return this.#lastPlace;
    this.#lastContext = context;
    this.#lastPlace = this.#placeIn(context, elsewhere);
    return this.#lastPlace;
  }

  #placeIn(context: Context, elsewhere: Place | undefined): Place | undefined {
    if (context.getValue(SUPPRESS_TRACING) === true) return undefined;
    const span = trace.getSpan(context);
    const scope = span && this.#scopeOf.get(span);
    if (span === undefined || scope === undefined || scope.closed || scope.rootEndMs !== undefined)
      return elsewhere;
    return { scope, spanId: span.spanContext().spanId };
  }

  started(span: Span, context: Context | undefined, root: boolean): void {
    const parent = context === undefined || root ? undefined : trace.getSpan(context);
    const scope = parent && this.#scopeOf.get(parent);
    if (scope !== undefined) {
      if (scope.closed) return;
      this.#scopeOf.set(span, scope);
      scope.spanStarted(span);
    } else if (parent === undefined || !parent.isRecording()) {
      this.#rootStarted(span, context);
    }
  }

  #rootStarted(root: Span, context: Context | undefined): void {
    if (context?.getValue(SUPPRESS_TRACING) === true) return;
    this.environment.roots.started(root);
    const refusal = this.#refusal();
    root.setAttribute(ATTR.TRACE_DETAIL, refusal === undefined ? 'full' : 'shed');
    if (refusal !== undefined) this.environment.shed(refusal);
    // in debug mode every task is tracked, also of a trace that there is no budget for
    if (refusal !== undefined && (!this.options.debug || !this.#mayTrack())) return;
    this.#queue.follow(root);
    const scope = new TraceScope(root, this.environment.tasks.clock, this.options.debug, this.#lateEnds.add);
    scope.withheld = refusal !== undefined;
    this.#scopeOf.set(root, scope);
    this.#open.set(scope, { scope, writer: scope.withheld ? undefined : this.#writerOf(scope) });
    this.environment.openTraces.add(scope);
    this.#forgetPlace();
    if (this.#open.size === 1) this.tracking.active(true);
  }

  #writerOf(scope: TraceScope): TaskSpanWriter {
    const bringPlace = () => this.#queue.bringPlace();
    return new TaskSpanWriter(this.environment.otel, scope, this.metrics, bringPlace);
  }

  #refusal(): string | undefined {
    if (!this.tracking.allowed()) return 'overhead';
    return this.#mayTrack() ? this.#budget.refusal() : 'open_traces';
  }

  #mayTrack(): boolean {
    return this.tracking.allowed() && this.#open.size < MAX_OPEN_TRACES;
  }

  ended(span: Span): void {
    const { tasks, roots } = this.environment;
    // most spans of most services belong to no trace with detail
    if (this.#open.size === 0) return void roots.ended(span);
    const heardMs = tasks.clock();
    roots.ended(span);
    const scope = this.#scopeOf.get(span);
    if (scope === undefined || scope.closed) return;
    scope.spanEnded(span);
    if (span !== scope.root) return;
    const detail = this.#open.get(scope);
    if (detail === undefined) return;
    scope.rootEndMs = scope.timesOf(scope.rootSpanId)?.endMs ?? this.environment.tasks.clock();
    this.#forgetPlace();
    if (detail.writer === undefined) return void this.#finish(detail);
    // what has ended goes out at once, in case the process is about to shut the provider down; what ends together
    // with its root, or whose outcome is known a microtask later, is given that moment
    this.#write(detail, (task) => task.ended && (task.outcomeKnown || !task.observed));
    const ownMs = tasks.clock() - heardMs;
    tasks.discount(ownMs);
    // an end that the application gave itself says nothing of what the SDK took
    const sdkMs = heardMs - scope.rootEndMs;
    scope.ownMs = ownMs + (sdkMs > 0 && sdkMs < LONGEST_END_MS ? sdkMs : 0);
    asSelf(() => queueMicrotask(() => this.#finish(detail)));
  }

  #finish(detail: Detail): void {
    const { scope, writer } = detail;
    if (scope.closed) return;
    if (writer !== undefined) {
      this.#write(detail, () => true);
      this.environment.cost.measure(() => writer.settle(scope.rootEndMs ?? this.environment.tasks.clock()));
      this.#reportShed(scope);
      scope.pending = new Set(scope.tasks.filter((task) => !task.ended && task.span !== undefined));
    }
    for (const task of scope.tasks) this.environment.tasks.forget(task);
    scope.close();
    this.#open.delete(scope);
    this.environment.openTraces.delete(scope);
    this.#forgetPlace();
    if (this.#open.size === 0) this.tracking.active(false);
  }

  #write(detail: Detail, ready: (task: Task) => boolean): void {
    this.environment.cost.measure(() => this.#select(detail, ready));
  }

  #select({ scope, writer }: Detail, ready: (task: Task) => boolean): void {
    if (writer === undefined || scope.withheld) return;
    this.environment.tasks.lookAtTimers(scope);
    const { debug } = this.options;
    const { chosen, dropped } = selectTasks(scope.tasks, {
      minDurationMs: debug ? 0 : this.options['spans.minDurationMs'],
      room: debug ? SCOPE_CAPACITY : this.options['spans.maxPerTrace'] - scope.emitted,
      now: scope.rootEndMs ?? this.environment.tasks.clock(),
      everything: debug,
    });
    const wanted = withAncestors(chosen, ready);
    scope.dropped = dropped;
    if (wanted.length === 0) return;
    if (!this.#queue.hasRoomFor(wanted.length)) {
      scope.withheld = true;
      this.environment.shed('export_queue', wanted.length);
      return;
    }
    scope.emitted += wanted.length;
    this.#budget.spendSpans(wanted.length);
    writer.write(wanted);
    writer.settle();
  }

  #reportShed(scope: TraceScope): void {
    const shed = scope.shed + scope.dropped;
    if (shed === 0) return;
    this.environment.shed('trace_limit', shed);
    this.environment.emit({
      eventName: EVENT.TRACE_SHED,
      body: `${shed} task spans of this trace were left out: it has more than \`spans.maxPerTrace\`.`,
      severity: 'INFO',
      timeMs: Date.now(),
      attributes: { [ATTR.SHED_REASON]: 'trace_limit', [ATTR.FOLDED_COUNT]: shed },
      trace: scope.identityOf(scope.rootSpanId),
    });
  }

  /** Long traces are written piece by piece, so that neither their memory nor their delay grows. */
  tick(now = this.environment.tasks.clock()): void {
    this.#queue.settle();
    for (const detail of this.#open.values()) {
      const { scope } = detail;
      if (scope.tasks.length < SCOPE_CAPACITY / 2 && now - scope.startedMs < EARLY_FLUSH_MS) continue;
      this.#write(detail, (task) => task.ended);
      scope.tasks = scope.tasks.filter((task) => !task.ended);
    }
  }

  /** The hooks go off: no trace that is open can be told whole, so that none of them is. */
  abandon(): void {
    for (const { scope, writer } of this.#open.values()) {
      scope.root?.setAttribute(ATTR.TRACE_DETAIL, 'shed');
      this.environment.shed('overhead');
      writer?.settle(this.environment.tasks.clock());
      for (const task of scope.tasks) this.environment.tasks.forget(task);
      scope.close();
    }
    this.#open.clear();
    this.environment.openTraces.clear();
    this.#forgetPlace();
    this.tracking.active(false);
  }

  stop(): void {
    this.#lateEnds.tell();
    this.#queue.release();
    for (const detail of [...this.#open.values()]) {
      this.#write(detail, (task) => task.ended);
      detail.writer?.settle(this.environment.tasks.clock());
      detail.scope.close();
    }
    this.#open.clear();
    this.environment.openTraces.clear();
    this.#forgetPlace();
  }

  /** The remembered context would otherwise outlive its trace. */
  #forgetPlace(): void {
    this.#lastContext = undefined;
    this.#lastPlace = undefined;
  }
}

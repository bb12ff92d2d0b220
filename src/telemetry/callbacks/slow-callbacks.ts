import inspector from 'node:inspector';
import { ROOT_CONTEXT, type Span, trace } from '@opentelemetry/api';
import { attempt } from '../../base/guard.js';
import { outside } from '../../base/outside.js';
import { asSelf } from '../../base/self.js';
import { timers } from '../../base/timers.js';
import type { ResolvedOptions } from '../../config/options.js';
import type { Feature, FeatureEnvironment, RunningFeature } from '../../feature.js';
import { CollectionsLog } from '../../probes/collections-log.js';
import { observeEmit } from '../../probes/process-emit.js';
import { describeTask } from '../../tasks/description.js';
import { placeKey } from '../../tasks/names.js';
import type { SlowRun } from '../../tasks/run-watch.js';
import type { Task } from '../../tasks/task.js';
import type { Stop, TraceIdentity } from '../../types.js';
import { spanIdentity } from '../active-span.js';
import { addEventToTrace } from '../event-span.js';
import { Folding } from '../folding.js';
import { FirstPieces } from './first-pieces.js';
import { RunSpans } from './run-spans.js';
import { slowCallbackRecord } from './slow-callback-record.js';
import { StarvationLog } from './starvation-log.js';

/**
 * Runs of tasks longer than `slowCallbackMs`, as `async.callback.slow`: wherever tasks are tracked, that is in traces
 * with detail and, in debug mode, everywhere; and what a trace begins with. What blocks the loop outside of those is for
 * the sidecar to see.
 */
export const slowCallbacks: Feature = {
  name: 'slow callbacks',
  options: ['spans.enabled', 'slowCallbackMs', 'debug'],
  wants: (options) => options['spans.enabled'],
  start: (environment) => new SlowCallbacks(environment),
};

interface Sighting {
  task: Task | undefined;
  run: SlowRun;
  trace: TraceIdentity | undefined;
  /** It began with this local root, and runs in no task. */
  root?: Span;
}

const MOST_WAITING = 100;
/** Node tells of a garbage collection in one of the next turns of the loop. */
const TURNS = 2;

class SlowCallbacks implements RunningFeature {
  readonly #folding: Folding;
  readonly #collections = new CollectionsLog();
  readonly #starvation: StarvationLog;
  readonly #spans: RunSpans;
  readonly #pieces: FirstPieces;
  readonly #stops: Stop[];
  #options: ResolvedOptions;
  #waiting: Sighting[] = [];
  #immediate: NodeJS.Immediate | undefined;

  constructor(private readonly environment: FeatureEnvironment) {
    const { tasks, shed } = environment;
    this.#options = environment.options;
    this.#folding = new Folding(tasks.clock, (count) => shed('folded_slow_callbacks', count));
    this.#starvation = new StarvationLog(tasks.clock);
    this.#spans = new RunSpans(environment.otel, tasks.clock);
    const slowMs = () => this.#options.slowCallbackMs;
    this.#pieces = new FirstPieces(tasks.clock, tasks.runs, slowMs, (root, run) => {
      this.#note({ task: undefined, run, trace: spanIdentity(trace.setSpan(ROOT_CONTEXT, root)), root });
    });
    this.#watch();
    this.#stops = [
      () => tasks.runs.unwatch(),
      environment.roots.listen(this.#pieces),
      this.#collections.start(),
      observeEmit(['beforeExit', 'exit'], { before: () => this.#tellAll() }) ?? (() => {}),
      environment.onSlowTick(() => {
        this.#starvation.tick();
        this.#spans.tick();
      }),
    ];
  }

  update(options: ResolvedOptions): void {
    this.#options = options;
    this.#watch();
  }

  stop(): void {
    for (const stop of this.#stops) stop();
    this.#tellAll();
    this.#spans.stop();
  }

  #watch(): void {
    this.environment.tasks.runs.watch(this.#options.slowCallbackMs, this.#sighted);
  }

  /** In the midst of a hook: only noted. */
  readonly #sighted = (task: Task | undefined, run: SlowRun): void => {
    if (task?.ownership === 'ignored' || isLoader(task)) return;
    attempt('a slow callback', () => {
      const trace = task === undefined ? spanIdentity(this.environment.otel.activeContext()) : undefined;
      // outside debug mode what belongs to no task and no trace is nobody's whom we look at
      if (task === undefined && trace === undefined && !this.#options.debug) return;
      if (task === undefined && this.#pieces.covers(run)) return;
      this.#pieces.told(run);
      this.#note({ task, run, trace });
    });
  };

  #note(sighting: Sighting): void {
    if (this.#waiting.length >= MOST_WAITING) {
      this.environment.shed('slow_callbacks');
      return;
    }
    this.#waiting.push(sighting);
    if (this.#waiting.length === 1) this.#tellSoon();
  }

  #tellSoon(): void {
    this.#afterTurns(TURNS);
  }

  #afterTurns(turns: number): void {
    const next = () => (turns > 1 ? this.#afterTurns(turns - 1) : this.#tellAll());
    this.#immediate = asSelf(() => outside(() => timers.setImmediate(next).unref()));
  }

  readonly #tellAll = (): void => {
    timers.clearImmediate(this.#immediate);
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const sighting of waiting) attempt('a slow callback', () => this.#tell(sighting));
  };

  #tell({ task, run, trace: active, root }: Sighting): void {
    const kind = this.#folding.kindOf(root ? rootName(root) : placeKey(task));
    if (!this.#folding.admits(kind)) return;
    task?.scope.show?.(task);
    const { clock } = this.environment.tasks;
    const identity = task === undefined ? active : task.scope.identity(task);
    const record = slowCallbackRecord({
      run,
      task,
      description: task && describeTask(task),
      beginOf: root && rootName(root),
      interference: {
        gcMs: this.#collections.msWithin(run.startMs, run.endMs),
        starvation: this.#starvation.within(run.startMs, run.durationMs),
        debugger: inspector.url() !== undefined,
      },
      thresholdMs: this.#options.slowCallbackMs,
      folded: kind.folded,
      timeMs: Date.now() - (clock() - run.endMs),
      trace: identity,
    });
    kind.folded = 0;
    const released = this.environment.emit(record);
    if (released === undefined) return;
    if (root === undefined) this.#spans.add(task, run, released);
    else {
      addEventToTrace(
        this.environment.otel,
        trace.setSpan(ROOT_CONTEXT, root),
        released,
        run.endMs - run.startMs,
      );
    }
  }
}

/** Modules run inside of Node's loader, which is nobody's callback: what blocks there is for the sidecar to name. */
function isLoader(task: Task | undefined): boolean {
  return task?.ownership === 'internal' && task.site?.file?.startsWith('node:internal/modules/') === true;
}

/** The SDK's own name for what a span is about: by now it may have a better one than at its start. */
function rootName(root: Span): string {
  const { name } = root as { name?: unknown };
  return typeof name === 'string' ? name : '';
}

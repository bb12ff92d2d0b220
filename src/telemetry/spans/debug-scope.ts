import type { FeatureEnvironment } from '../../feature.js';
import type { Place } from '../../tasks/registry.js';
import { isPlaced, selectTasks } from '../../tasks/selection.js';
import type { Task } from '../../tasks/task.js';
import { hrTimeOfEpochMs, TimeAnchor } from './hr-time.js';
import type { TaskMetrics } from './task-metrics.js';
import { type SpanScope, TaskSpanWriter } from './task-spans.js';

/** Ended tasks that may wait for the next tick. */
const QUEUE_CAPACITY = 5_000;
const DRIFT_MS = 20;

/**
 * Debug mode outside traces: each task that no other encloses is the root of a trace of its own. What a repeating
 * timer causes is told apart from it, or all of a process would be one trace.
 */
export class DebugScope implements SpanScope {
  readonly closed = false;
  readonly ownMs = 0;
  readonly timers = new Set<Task>();
  anchor: TimeAnchor;
  /** Another one after each time that the hooks were off: whose task was made before is not known whole. */
  place: Place = { scope: this, spanId: '' };
  readonly #writer: TaskSpanWriter;
  #ended: Task[] = [];
  #shown = 0;
  /** Ended tasks that the queue had no room for. */
  #missed = 0;

  constructor(
    private readonly environment: FeatureEnvironment,
    metrics: TaskMetrics,
    private readonly spansPerTick: () => number,
  ) {
    this.anchor = anchorNow(environment.tasks.clock());
    this.#writer = new TaskSpanWriter(environment.otel, this, metrics);
  }

  added(): void {}

  ended(task: Task): boolean {
    if (!isPlaced(task) || task.place !== this.place) return false;
    if (this.#ended.length >= QUEUE_CAPACITY) {
      this.#missed++;
      return false;
    }
    this.#ended.push(task);
    return true;
  }

  identity(task: Task) {
    return task.span;
  }

  /** Opened before its time: what is told of the task now can name its span. */
  show(task: Task): void {
    if (task.span !== undefined || this.#shown >= this.spansPerTick()) return;
    this.#shown++;
    this.#writer.write(withEnclosing([task]));
  }

  identityOf(): undefined {}

  timesOf(): undefined {}

  separates(task: Task): boolean {
    return task.type === 'Timeout' && task.name === 'setInterval';
  }

  tick(): void {
    this.environment.cost.measure(() => this.#write());
  }

  #write(): void {
    this.#correctAnchor();
    this.#shown = 0;
    if (this.#missed > 0) this.environment.shed('debug_queue', this.#missed);
    this.#missed = 0;
    const ended = this.#ended;
    this.#ended = [];
    const { chosen, dropped } = selectTasks(ended, {
      minDurationMs: 0,
      room: this.spansPerTick(),
      now: this.environment.tasks.clock(),
      everything: true,
    });
    if (dropped > 0) this.environment.shed('debug_rate', dropped);
    this.#writer.write(withEnclosing(chosen));
    this.#writer.settle();
  }

  /** The wall clock is set now and then, ours is not. Small differences stay: they would set parents against children. */
  #correctAnchor(): void {
    const now = this.environment.tasks.clock();
    const [seconds, nanos] = this.anchor.toHrTime(now);
    if (Math.abs(seconds * 1_000 + nanos / 1e6 - Date.now()) > DRIFT_MS) this.anchor = anchorNow(now);
  }

  /** The hooks go off: what has not ended is told as pending, if it is, and nothing more. */
  abandon(): void {
    const { cost, tasks } = this.environment;
    cost.measure(() => this.#write());
    this.#writer.settle(tasks.clock());
    for (const task of this.timers) tasks.forget(task);
    this.timers.clear();
    this.place = { scope: this, spanId: '' };
  }

  stop(): void {
    this.tick();
    this.#writer.settle(this.environment.tasks.clock());
  }
}

function anchorNow(nowMs: number): TimeAnchor {
  return new TimeAnchor(nowMs, hrTimeOfEpochMs(Date.now()));
}

/** The tasks and those that enclose them, in order of creation, without those that have a span already. */
function withEnclosing(tasks: readonly Task[]): Task[] {
  const wanted = new Set<Task>();
  for (const task of tasks) {
    for (let at: Task | undefined = task; at !== undefined && at.span === undefined; at = at.parent) {
      if (isPlaced(at)) wanted.add(at);
    }
  }
  return [...wanted].sort((a, b) => a.id - b.id);
}

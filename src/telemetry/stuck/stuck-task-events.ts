import { AttendedTime } from '../../base/attended-time.js';
import { attempt } from '../../base/guard.js';
import { outside } from '../../base/outside.js';
import { RateLimiter } from '../../base/rate-limiter.js';
import { asSelf } from '../../base/self.js';
import { timers } from '../../base/timers.js';
import type { ResolvedOptions } from '../../config/options.js';
import { type StuckTask, StuckTasks } from '../../detectors/stuck-tasks.js';
import type { Feature, FeatureEnvironment, RunningFeature } from '../../feature.js';
import { describeTask } from '../../tasks/description.js';
import { placeKey } from '../../tasks/names.js';
import type { Stop } from '../../types.js';
import { addEventToTrace } from '../event-span.js';
import { Folding } from '../folding.js';
import { stuckTaskRecord } from './stuck-task-record.js';

/**
 * Tasks of traces with detail, in debug mode of all traces, that wait for longer than `stuckTaskMs` while nothing
 * happens in their trace: as `async.task.stuck`, with the last seconds from the flight recorder.
 */
export const stuckTasks: Feature = {
  name: 'stuck tasks',
  options: ['spans.enabled', 'stuckTaskMs'],
  wants: (options) => options['spans.enabled'] && options.stuckTaskMs > 0,
  start: (environment) => new StuckTaskEvents(environment),
};

const LOOKS_WITHIN_THRESHOLD = 4;
const SHORTEST_DISTANCE_MS = 1_000;
/** The slow tick comes about once a second. */
const EARLY_MS = 500;
const TOLD_A_TURN = 10;
const RECORDINGS_PER_SECOND = 1 / 60;

class StuckTaskEvents implements RunningFeature {
  readonly #time: AttendedTime;
  readonly #detector = new StuckTasks();
  readonly #folding: Folding;
  readonly #recordings: RateLimiter;
  readonly #stop: Stop;
  #thresholdMs: number;
  #lookedMs = 0;
  #look: Generator<StuckTask | undefined, void> | undefined;
  #immediate: NodeJS.Immediate | undefined;

  constructor(private readonly environment: FeatureEnvironment) {
    const { clock } = environment.tasks;
    this.#thresholdMs = environment.options.stuckTaskMs;
    this.#time = new AttendedTime(clock);
    this.#folding = new Folding(clock, (count) => environment.shed('folded_stuck_tasks', count));
    this.#recordings = new RateLimiter(clock, RECORDINGS_PER_SECOND, 1);
    this.#stop = environment.onSlowTick(() => this.#tick());
  }

  update(options: ResolvedOptions): void {
    this.#thresholdMs = options.stuckTaskMs;
  }

  stop(): void {
    this.#stop();
    timers.clearImmediate(this.#immediate);
    this.#look = undefined;
  }

  #tick(): void {
    const nowMs = this.#time.tick();
    const distanceMs = Math.max(SHORTEST_DISTANCE_MS, this.#thresholdMs / LOOKS_WITHIN_THRESHOLD);
    if (this.#look !== undefined || nowMs - this.#lookedMs < distanceMs - EARLY_MS) return;
    this.#lookedMs = nowMs;
    const { openTraces } = this.environment;
    if (openTraces.size === 0 && !this.#detector.watching) return;
    this.#look = this.#detector.look(openTraces, nowMs, this.#thresholdMs);
    this.#goOn();
  }

  /** A piece of a look, and the next one in the next turn of the loop. */
  readonly #goOn = (): void => {
    const look = this.#look;
    if (look === undefined) return;
    const isOver =
      attempt('stuck tasks', () => this.environment.cost.measure(() => this.#piece(look))) ?? true;
    if (isOver) this.#look = undefined;
    else this.#immediate = asSelf(() => outside(() => timers.setImmediate(this.#goOn).unref()));
  };

  /** Whether the look is over. */
  #piece(look: Generator<StuckTask | undefined, void>): boolean {
    for (let told = 0; told < TOLD_A_TURN; told++) {
      const { done, value } = look.next();
      if (done) return true;
      if (value === undefined) return false;
      this.#tell(value);
    }
    return false;
  }

  #tell(found: StuckTask): void {
    const { owner, stillMs } = found;
    const { tasks, otel, flight } = this.environment;
    tasks.markStuck(owner, stillMs);
    const kind = this.#folding.kindOf(placeKey(owner));
    if (!this.#folding.admits(kind)) return;
    const identity = owner.scope.identity(owner);
    const record = stuckTaskRecord({
      found,
      description: describeTask(owner),
      ageMs: tasks.clock() - owner.startMs,
      folded: kind.folded,
      timeMs: Date.now(),
      trace: identity,
    });
    kind.folded = 0;
    const released = this.environment.emit(record);
    if (released === undefined) return;
    // its own span may never end: a span of the finding's own is there now
    addEventToTrace(otel, undefined, released, stillMs);
    if (this.#recordings.take()) {
      flight.export('stuck_task', identity, { id: owner.id, silentMs: tasks.clock() - owner.startMs });
    }
  }
}

import { executionAsyncId } from 'node:async_hooks';
import { monotonic } from './base/clock.js';
import { attempt } from './base/guard.js';
import { outside } from './base/outside.js';
import { asSelf } from './base/self.js';
import { SelfCost } from './base/self-cost.js';
import { timers } from './base/timers.js';
import type { ResolvedOptions } from './config/options.js';
import type { Feature, FeatureEnvironment, RunningFeature } from './feature.js';
import { loader } from './loader/loader-feature.js';
import { afterMicrotasks } from './probes/after-microtasks.js';
import { sidecar } from './sidecar/sidecar-feature.js';
import { TaskRegistry } from './tasks/registry.js';
import { watchRegistrations } from './telemetry/api-registration.js';
import { slowCallbacks } from './telemetry/callbacks/slow-callbacks.js';
import { exceptionEvents } from './telemetry/errors/exception-events.js';
import { RecentExceptions } from './telemetry/errors/recent-exceptions.js';
import { lagMetrics } from './telemetry/event-loop/lag-metrics.js';
import { emitEvent } from './telemetry/events.js';
import { OtelAccess } from './telemetry/otel-access.js';
import { FlightRecorder } from './telemetry/recorder/flight-recorder.js';
import { flightRecorder } from './telemetry/recorder/flight-recorder-feature.js';
import { selfMetrics } from './telemetry/self-metrics.js';
import { RootSpans } from './telemetry/spans/root-spans.js';
import { taskSpans } from './telemetry/spans/task-span-feature.js';
import type { TraceScope } from './telemetry/spans/trace-scope.js';
import { stuckTasks } from './telemetry/stuck/stuck-task-events.js';
import { syncIoEvents } from './telemetry/sync-io/sync-io-events.js';
import type { FatalErrorSubscriber, Stop } from './types.js';

/** Everything the package can do. A new feature is one file and one line here. */
const FEATURES: readonly Feature[] = [
  loader,
  exceptionEvents,
  lagMetrics,
  taskSpans,
  slowCallbacks,
  stuckTasks,
  flightRecorder,
  syncIoEvents,
  selfMetrics,
  sidecar,
];

const SLOW_TICK_MS = 1_000;

/**
 * Wires features to options: starts what the options want, stops what they no longer want, and leaves the rest
 * running. One per thread; `instrumentation.ts` keeps it behind a slot on `globalThis`.
 */
export class Runtime {
  readonly otel = new OtelAccess();
  readonly tasks = new TaskRegistry(monotonic, executionAsyncId, afterMicrotasks);
  readonly roots = new RootSpans();
  readonly openTraces = new Set<TraceScope>();
  readonly cost = new SelfCost(monotonic);
  readonly flight = new FlightRecorder(this.tasks, this.otel);
  readonly exceptions = new RecentExceptions();
  readonly #running = new Map<Feature, RunningFeature>();
  readonly #slowTicks = new Set<() => void>();
  readonly #fatalErrorSubscribers = new Set<FatalErrorSubscriber>();
  readonly #shed = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;
  #options: ResolvedOptions | undefined;
  #stopWatching: Stop | undefined;

  constructor(private readonly features: readonly Feature[] = FEATURES) {}

  get options(): ResolvedOptions | undefined {
    return this.#options;
  }

  /** What was given up so far, by reason. */
  get shedCounts(): ReadonlyMap<string, number> {
    return this.#shed;
  }

  /** Brings the running features in line with `options`; `undefined` stops them all. */
  apply(options: ResolvedOptions | undefined): void {
    const previous = this.#options;
    this.#options = options;
    this.#watchProviders(options?.enabled === true);
    for (const feature of this.features) {
      attempt(`feature ${feature.name}`, () => this.#align(feature, previous, options));
    }
    this.#alignTimer();
  }

  providersChanged(): void {
    this.otel.lookAgain();
    for (const [feature, running] of this.#running) {
      attempt(`feature ${feature.name}`, () => running.providersChanged?.());
    }
  }

  #watchProviders(wanted: boolean): void {
    if (wanted) this.#stopWatching ??= watchRegistrations({ after: () => this.providersChanged() });
    else {
      this.#stopWatching?.();
      this.#stopWatching = undefined;
    }
  }

  #align(
    feature: Feature,
    previous: ResolvedOptions | undefined,
    options: ResolvedOptions | undefined,
  ): void {
    const running = this.#running.get(feature);
    const wanted = options?.enabled === true && feature.wants(options);
    if (running && wanted && !dependsOnChange(feature, previous, options)) return;
    if (running && wanted && running.update) {
      running.update(options);
      return;
    }
    if (running) {
      this.#running.delete(feature);
      running.stop();
    }
    if (wanted) this.#running.set(feature, feature.start(this.#environment(options)));
  }

  #environment(options: ResolvedOptions): FeatureEnvironment {
    return {
      options,
      otel: this.otel,
      tasks: this.tasks,
      roots: this.roots,
      openTraces: this.openTraces,
      cost: this.cost,
      flight: this.flight,
      exceptions: this.exceptions,
      emit: (record) => emitEvent(this.otel, this.#options?.redact, record),
      onFatalError: (subscriber) => {
        this.#fatalErrorSubscribers.add(subscriber);
        return () => void this.#fatalErrorSubscribers.delete(subscriber);
      },
      reportFatalError: (fatal) => {
        for (const subscriber of this.#fatalErrorSubscribers) {
          attempt('crash delivery', () => subscriber(fatal));
        }
      },
      onSlowTick: (callback) => this.#onSlowTick(callback),
      shedCounts: this.#shed,
      shed: (reason, count = 1) => {
        this.#shed.set(reason, (this.#shed.get(reason) ?? 0) + count);
      },
    };
  }

  #onSlowTick(callback: () => void): Stop {
    const guarded = () => attempt('slow tick', callback);
    this.#slowTicks.add(guarded);
    this.#alignTimer();
    return () => {
      this.#slowTicks.delete(guarded);
      this.#alignTimer();
    };
  }

  #alignTimer(): void {
    if (this.#slowTicks.size > 0 && this.#timer === undefined) {
      const tickAll = () => {
        for (const tick of this.#slowTicks) tick();
      };
      this.#timer = asSelf(() => outside(() => timers.setInterval(tickAll, SLOW_TICK_MS).unref()));
    } else if (this.#slowTicks.size === 0 && this.#timer !== undefined) {
      timers.clearInterval(this.#timer);
      this.#timer = undefined;
    }
  }
}

function dependsOnChange(
  feature: Feature,
  previous: ResolvedOptions | undefined,
  options: ResolvedOptions,
): boolean {
  if (feature.options === undefined || previous === undefined) return true;
  return feature.options.some((path) => previous[path] !== options[path]);
}

import type { SelfCost } from './base/self-cost.js';
import type { OptionPath, ResolvedOptions } from './config/options.js';
import type { TaskRegistry } from './tasks/registry.js';
import type { RecentExceptions } from './telemetry/errors/recent-exceptions.js';
import type { OtelAccess } from './telemetry/otel-access.js';
import type { FlightRecorder } from './telemetry/recorder/flight-recorder.js';
import type { RootSpans } from './telemetry/spans/root-spans.js';
import type { TraceScope } from './telemetry/spans/trace-scope.js';
import type { EventRecord, FatalError, FatalErrorSubscriber, Stop } from './types.js';

/** What a feature gets from the runtime. */
export interface FeatureEnvironment {
  readonly options: ResolvedOptions;
  readonly otel: OtelAccess;
  readonly tasks: TaskRegistry;
  /** The last seconds, while debug mode is on: for whoever has something to tell to have them exported beside it. */
  readonly flight: FlightRecorder;
  /** Of errors that did not end the thread: what may not have been exported yet. */
  readonly exceptions: RecentExceptions;
  /** When traces begin and end here. */
  readonly roots: RootSpans;
  /** Traces under way whose tasks are followed. */
  readonly openTraces: Set<TraceScope>;
  /** Where each part counts the time it takes. */
  readonly cost: SelfCost;
  /** Sends an event through redaction to the logger of the moment and gives what left. Never throws. */
  emit(record: EventRecord): EventRecord | undefined;
  /** Hears of the error by which this thread ends: the way to the crash delivery. */
  onFatalError(subscriber: FatalErrorSubscriber): Stop;
  /** For the errors feature alone. Never throws. */
  reportFatalError(fatal: FatalError): void;
  /** Calls back about once a second while the runtime lives; never keeps the process alive. Exceptions are guarded. */
  onSlowTick(callback: () => void): Stop;
  /** Counts what had to be given up, as `async.self.shed`. */
  shed(reason: string, count?: number): void;
  /** What was given up so far, by reason. */
  readonly shedCounts: ReadonlyMap<string, number>;
}

/** A running feature. `stop` and `update` never throw. */
export interface RunningFeature {
  stop: Stop;
  /** New options while running. A feature without it is stopped and started again when options change. */
  update?(options: ResolvedOptions): void;
  /** A provider was set or replaced: a new meter, tracer or logger may be there. */
  providersChanged?(): void;
}

/** One thing the package does, on or off by its options alone. The list stands in `runtime.ts`. */
export interface Feature {
  readonly name: string;
  /** The options it depends on: when others change it goes on undisturbed. Without it, it depends on all. */
  readonly options?: readonly OptionPath[];
  wants(options: ResolvedOptions): boolean;
  start(environment: FeatureEnvironment): RunningFeature;
}

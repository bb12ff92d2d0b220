import { process } from '../../base/process.js';
import type { ResolvedOptions } from '../../config/options.js';
import type { Feature, FeatureEnvironment, RunningFeature } from '../../feature.js';
import { CompiledProbe } from '../../probes/compiled/compiled-probe.js';
import { onFirstModule, openSlot } from '../../probes/compiled/slot.js';
import { HookCalibration } from '../../probes/hook-calibration.js';
import { PromiseProbe } from '../../probes/promise-probe.js';
import { ResourceProbe } from '../../probes/resource-probe.js';
import { compiledModuleCount } from '../../tasks/sites/compiled-modules.js';
import { preloadSourceMap } from '../../tasks/sites/source-maps.js';
import { setUserLibraries } from '../../tasks/sites/user-code.js';
import type { Stop } from '../../types.js';
import { DebugScope } from './debug-scope.js';
import { SpanSeam } from './span-seam.js';
import { TaskMetrics } from './task-metrics.js';
import { TraceDetail } from './trace-detail.js';
import { TrackingGovernor } from './tracking-governor.js';

/** Node's HTTP client alone is 14 functions deep. */
const RESOURCE_SITE_DEPTH = 30;

/** Task spans: hooks run only while a trace that was granted detail runs, and throughout in debug mode. */
export const taskSpans: Feature = {
  name: 'task spans',
  options: [
    'debug',
    'sites',
    'spans.enabled',
    'spans.minDurationMs',
    'spans.maxPerTrace',
    'spans.maxPerSecond',
    'spans.libraries',
    'sitesPerSecond',
    'overheadBudget',
  ],
  wants: (options) => options['spans.enabled'],
  start: (environment) => new RunningTaskSpans(environment),
};

class RunningTaskSpans implements RunningFeature {
  readonly #detail: TraceDetail;
  readonly #debug: DebugScope | undefined;
  readonly #promises: PromiseProbe;
  readonly #compiled: CompiledProbe | undefined;
  #active = false;
  readonly #resources: ResourceProbe;
  readonly #metrics: TaskMetrics;
  readonly #seam: SpanSeam;
  readonly #governor: TrackingGovernor;
  readonly #calibration: HookCalibration;
  #wanted = false;
  #stopped = false;
  readonly #stops: Stop[];

  constructor(environment: FeatureEnvironment) {
    const { tasks, options } = environment;
    environment.otel.lookAgain();
    setUserLibraries(options['spans.libraries']);
    // a bundle's map is large: it should be there before the first span
    if (process.argv[1]) preloadSourceMap(process.argv[1]);
    this.#metrics = new TaskMetrics(environment.otel, tasks);
    this.#governor = new TrackingGovernor(environment, () => this.#window());
    this.#detail = new TraceDetail(environment, options, this.#metrics, {
      meter: this.#governor.meter,
      allowed: () => this.#governor.windows.open,
      active: (active) => this.#want(active || options.debug),
    });
    this.#debug = options.debug
      ? new DebugScope(environment, this.#metrics, () => options['spans.maxPerSecond'])
      : undefined;
    this.#seam = new SpanSeam(environment.otel);
    const looking = {
      place: () => this.#detail.place(this.#debug?.place),
      effort: this.#governor.effort,
      siteBudget: this.#governor.sites,
    };
    this.#promises = new PromiseProbe(tasks, environment.cost, {
      ...looking,
      wantsOutcome: (task) => isWorthAnOutcome(task, options),
    });
    this.#resources = new ResourceProbe(tasks, this.#promises, environment.cost, {
      ...looking,
      depth: RESOURCE_SITE_DEPTH,
      all: options.debug,
    });
    if (options.sites === 'compiled') {
      this.#compiled = new CompiledProbe(tasks, environment.cost, looking);
      openSlot(this.#compiled.calls);
    }
    this.#stops = [
      // until then there is nothing but hooks to tell of tasks
      onFirstModule(() => this.#hooks(this.#active)),
      this.#seam.listen(this.#detail),
      environment.onSlowTick(() => {
        environment.otel.lookAgain();
        this.#seam.refresh();
        this.#metrics.refresh();
        this.#detail.tick();
        this.#debug?.tick();
        this.#governor.tick();
        void this.#calibration.tick();
      }),
    ];
    this.#calibration = new HookCalibration(environment.cost, {
      off: () => {
        this.#promises.stop();
        this.#resources.pause();
      },
      on: () => this.#hooks(!this.#stopped),
      back: () => this.#align(),
    });
    this.#governor.start();
    this.#want(options.debug);
  }

  providersChanged(): void {
    this.#seam.refresh();
    this.#metrics.refresh();
  }

  stop(): void {
    for (const stop of this.#stops) stop();
    this.#governor.stop();
    this.#stopped = true;
    this.#hooks(false);
    this.#detail.stop();
    this.#debug?.stop();
    this.#metrics.release();
  }

  #want(tracking: boolean): void {
    this.#wanted = tracking;
    this.#align();
  }

  #align(): void {
    this.#hooks(this.#wanted && this.#governor.windows.open && !this.#stopped);
  }

  /** What was seen of a task before the window closed is not the whole of it, and is told of no more. */
  #window(): void {
    this.#align();
    if (this.#governor.windows.open) return;
    this.#detail.abandon();
    this.#debug?.abandon();
  }

  /** Where compiled code tells of its tasks, no hook is asked about promises: those of other code go unseen. */
  #hooks(active: boolean): void {
    this.#active = active;
    const compiled = compiledModuleCount() > 0 ? this.#compiled : undefined;
    if (active && compiled === undefined) this.#promises.start();
    else this.#promises.stop();
    if (active) compiled?.start();
    else this.#compiled?.stop();
    if (active) this.#resources.start();
    else this.#resources.stop();
  }
}

function isWorthAnOutcome(
  task: { ownership: string; startMs: number; endMs: number },
  options: ResolvedOptions,
) {
  if (task.ownership !== 'user') return false;
  return options.debug || task.endMs - task.startMs >= options['spans.minDurationMs'];
}

import type { ResolvedOptions } from '../../config/options.js';
import type { Feature, FeatureEnvironment, RunningFeature } from '../../feature.js';
import { PromiseProbe } from '../../probes/promise-probe.js';
import { ResourceProbe } from '../../probes/resource-probe.js';
import { SiteBudget } from '../../tasks/sites/site-budget.js';
import { preloadSourceMap } from '../../tasks/sites/source-maps.js';
import { setUserLibraries } from '../../tasks/sites/user-code.js';
import type { Stop } from '../../types.js';
import { DebugScope } from './debug-scope.js';
import { SpanSeam } from './span-seam.js';
import { TaskMetrics } from './task-metrics.js';
import { TraceDetail } from './trace-detail.js';

const SITE_DEPTH = 12;
/** Node's HTTP client alone is 14 functions deep. */
const RESOURCE_SITE_DEPTH = 30;

/** Task spans: hooks run only while a trace that was granted detail runs, and throughout in debug mode. */
export const taskSpans: Feature = {
  name: 'task spans',
  options: [
    'debug',
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
  readonly #resources: ResourceProbe;
  readonly #metrics: TaskMetrics;
  readonly #seam: SpanSeam;
  readonly #sites: SiteBudget;
  readonly #shed: FeatureEnvironment['shed'];
  readonly #stops: Stop[];

  constructor(environment: FeatureEnvironment) {
    const { tasks, options } = environment;
    setUserLibraries(options['spans.libraries']);
    // a bundle's map is large: it should be there before the first span
    if (process.argv[1]) preloadSourceMap(process.argv[1]);
    this.#metrics = new TaskMetrics(environment.otel, tasks);
    this.#detail = new TraceDetail(environment, options, this.#metrics, (active) =>
      this.#hooks(active || options.debug),
    );
    this.#debug = options.debug
      ? new DebugScope(environment, this.#metrics, () => options['spans.maxPerSecond'])
      : undefined;
    this.#seam = new SpanSeam(environment.otel);
    this.#sites = new SiteBudget(() => tasks.recently, options.sitesPerSecond);
    this.#shed = environment.shed;
    const looking = this.#looking(options);
    this.#promises = new PromiseProbe(tasks, environment.cost, {
      ...looking,
      depth: SITE_DEPTH,
      wantsOutcome: (task) => isWorthAnOutcome(task, options),
    });
    this.#resources = new ResourceProbe(tasks, this.#promises, environment.cost, {
      ...looking,
      depth: RESOURCE_SITE_DEPTH,
      all: options.debug,
    });
    this.#stops = [
      this.#seam.listen(this.#detail),
      environment.onSlowTick(() => {
        this.#seam.refresh();
        this.#metrics.refresh();
        this.#detail.tick();
        this.#debug?.tick();
        this.#countMissed();
      }),
    ];
    this.#hooks(options.debug);
  }

  providersChanged(): void {
    this.#seam.refresh();
    this.#metrics.refresh();
  }

  stop(): void {
    for (const stop of this.#stops) stop();
    this.#hooks(false);
    this.#detail.stop();
    this.#debug?.stop();
    this.#metrics.release();
    this.#countMissed();
  }

  #countMissed(): void {
    const missed = this.#sites.takeMissed();
    if (missed > 0) this.#shed('site', missed);
  }

  #looking(options: ResolvedOptions) {
    return {
      place: () => this.#detail.place(this.#debug?.place),
      keepStack: options.debug,
      siteBudget: this.#sites,
    };
  }

  #hooks(active: boolean): void {
    if (active) {
      this.#promises.start();
      this.#resources.start();
    } else {
      this.#promises.stop();
      this.#resources.stop();
    }
  }
}

function isWorthAnOutcome(
  task: { ownership: string; startMs: number; endMs: number },
  options: ResolvedOptions,
) {
  if (task.ownership !== 'user') return false;
  return options.debug || task.endMs - task.startMs >= options['spans.minDurationMs'];
}

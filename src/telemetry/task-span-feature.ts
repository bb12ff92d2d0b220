import type { Feature, FeatureEnvironment, RunningFeature } from '../feature.js';
import { PromiseProbe } from '../probes/promise-probe.js';
import { ResourceProbe } from '../probes/resource-probe.js';
import { setUserLibraries } from '../tasks/sites/user-code.js';
import { SpanSeam } from './span-seam.js';
import { TraceDetail } from './trace-detail.js';

const SITE_DEPTH = 12;
/** Node's HTTP client alone is 14 functions deep. */
const RESOURCE_SITE_DEPTH = 30;

/** Task spans: hooks run only while a trace that was granted detail runs, and in debug mode. */
export const taskSpans: Feature = {
  name: 'task spans',
  wants: (options) => options['spans.enabled'],
  start: (environment) => new RunningTaskSpans(environment),
};

class RunningTaskSpans implements RunningFeature {
  readonly #detail: TraceDetail;
  readonly #promises: PromiseProbe;
  readonly #resources: ResourceProbe;
  readonly #seam: SpanSeam;
  readonly #stops: (() => void)[];

  constructor(environment: FeatureEnvironment) {
    const { tasks, options } = environment;
    setUserLibraries(options['spans.libraries']);
    this.#detail = new TraceDetail(environment, options, (active) => this.#hooks(active));
    const place = () => this.#detail.place();
    this.#promises = new PromiseProbe(tasks, {
      place,
      depth: SITE_DEPTH,
      wantsOutcome: (task) =>
        task.ownership === 'user' && task.endMs - task.startMs >= options['spans.minDurationMs'],
    });
    this.#resources = new ResourceProbe(tasks, this.#promises, {
      place,
      depth: RESOURCE_SITE_DEPTH,
      all: options.debug,
    });
    this.#seam = new SpanSeam(environment.otel);
    this.#stops = [
      this.#seam.listen(this.#detail),
      environment.onSlowTick(() => {
        this.#seam.refresh();
        this.#detail.tick();
      }),
    ];
  }

  providersChanged(): void {
    this.#seam.refresh();
  }

  stop(): void {
    for (const stop of this.#stops) stop();
    this.#detail.stop();
    this.#hooks(false);
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

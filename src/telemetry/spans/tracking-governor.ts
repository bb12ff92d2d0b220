import { type CostMeter, OverheadGovernor, SHED_ORDER } from '../../base/overhead-governor.js';
import type { FeatureEnvironment } from '../../feature.js';
import { AvailableTime } from '../../probes/available-time.js';
import { Effort } from '../../probes/effort.js';
import { SiteBudget } from '../../tasks/sites/site-budget.js';
import { TrackingWindows } from './tracking-windows.js';

/** Sites looked at from the second step on, of those that `sitesPerSecond` allows. */
const SAMPLED_SHARE = 0.05;
const [STACK_DEPTH, SITE, PROMISE, WINDOW] = SHED_ORDER;
type Step = (typeof SHED_ORDER)[number];

/** Turns what the overhead governor says into what the probes do, and counts what was given up. */
export class TrackingGovernor {
  readonly effort: Effort;
  readonly sites: SiteBudget;
  readonly windows: TrackingWindows;
  /** What is spent, against the time there was. */
  readonly meter: CostMeter;
  readonly #available: AvailableTime;
  readonly #governor: OverheadGovernor;

  constructor(
    private readonly environment: FeatureEnvironment,
    onWindow: () => void,
  ) {
    const { tasks, options, cost } = environment;
    this.effort = new Effort(options.debug);
    this.sites = new SiteBudget(() => tasks.recently, options.sitesPerSecond);
    this.windows = new TrackingWindows((open) => {
      if (!open) environment.shed(WINDOW);
      onWindow();
    });
    this.#available = new AvailableTime(cost.clock);
    this.meter = {
      clock: this.#available.clock,
      get totalMs() {
        return cost.totalMs;
      },
    };
    this.#governor = new OverheadGovernor(this.meter, options.overheadBudget);
  }

  /** To be called once, when tracking can be switched. */
  start(): void {
    this.#apply();
  }

  tick(): void {
    this.#available.tick();
    this.#governor.turn();
    this.#apply();
    this.#count();
  }

  stop(): void {
    this.windows.stop();
    this.#count();
  }

  #apply(): void {
    const { sitesPerSecond } = this.environment.options;
    const gave = (step: Step) => SHED_ORDER.indexOf(step) < this.#governor.level;
    this.effort.reduceTo(gave(STACK_DEPTH) ? 'short' : 'full', !gave(PROMISE));
    this.sites.limit(gave(SITE) ? sitesPerSecond * SAMPLED_SHARE : sitesPerSecond);
    this.windows.limit(gave(WINDOW) ? this.#governor.windowShare : 1);
  }

  #count(): void {
    const { effort, environment } = this;
    const { live } = environment.tasks;
    live.sweep();
    const counts: [string, number][] = [
      [STACK_DEPTH, effort.shortened],
      [SITE, this.sites.takeMissed()],
      [PROMISE, effort.leftOut],
      ['live_tasks', live.takeRefused()],
    ];
    for (const [reason, count] of counts) if (count > 0) environment.shed(reason, count);
    effort.shortened = effort.leftOut = 0;
  }
}

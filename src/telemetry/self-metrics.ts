import type { ObservableResult } from '@opentelemetry/api';
import type { SelfCost } from '../base/self-cost.js';
import type { Feature } from '../feature.js';
import { ATTR, METRIC } from '../semconv.js';
import { sourceMapFailures } from '../tasks/sites/map-cache.js';
import { siteTableEvictions } from '../tasks/sites/site-table.js';
import { withdraw } from './event-loop/metric-owners.js';
import { MeterBinding } from './meter-binding.js';

/** Counted where it happens: tables of sites that were full and emptied, source maps that could not be used. */
const SITES_GIVEN_UP = [
  ['site_table', siteTableEvictions],
  ['source_map', sourceMapFailures],
] as const;

/** What the package gave up to stay within its bounds, by reason. */
export const selfMetrics: Feature = {
  name: 'self metrics',
  options: [],
  wants: () => true,
  start: ({ otel, shedCounts, onSlowTick, cost }) => {
    const share = new OverheadShare(cost);
    const binding = new MeterBinding(otel, (meter, provider) => {
      const shed = meter.createObservableCounter(METRIC.SELF_SHED, {
        unit: '{item}',
        description: 'What the instrumentation gave up to stay within its bounds.',
      });
      const callback = (result: ObservableResult) => {
        for (const [reason, count] of shedCounts) result.observe(count, { [ATTR.SHED_REASON]: reason });
        for (const [reason, countOf] of SITES_GIVEN_UP) {
          if (countOf() > 0) result.observe(countOf(), { [ATTR.SHED_REASON]: reason });
        }
      };
      const overhead = meter.createObservableGauge(METRIC.SELF_OVERHEAD, {
        unit: '1',
        description: "The instrumentation's own work, as a share of this thread's time in the last seconds.",
      });
      const observeShare = (result: ObservableResult) => result.observe(share.latest);
      shed.addCallback(callback);
      overhead.addCallback(observeShare);
      return () => {
        shed.removeCallback(callback);
        overhead.removeCallback(observeShare);
        withdraw(provider, [overhead]);
      };
    });
    const stopTick = onSlowTick(() => {
      binding.refresh();
      share.turn();
    });
    return {
      providersChanged: () => binding.refresh(),
      stop() {
        stopTick();
        binding.release();
      },
    };
  },
};

/** Own work against time gone by, over windows of a few seconds. */
class OverheadShare {
  static readonly windowMs = 5_000;
  #since: number;
  #spentMs: number;
  latest = 0;

  constructor(private readonly cost: SelfCost) {
    this.#since = cost.clock();
    this.#spentMs = cost.totalMs;
  }

  turn(): void {
    const now = this.cost.clock();
    if (now - this.#since < OverheadShare.windowMs) return;
    this.latest = (this.cost.totalMs - this.#spentMs) / (now - this.#since);
    this.#since = now;
    this.#spentMs = this.cost.totalMs;
  }
}

import { performance } from 'node:perf_hooks';
import { monotonic } from '../../base/clock.js';
import { LagWindow } from '../../base/lag-window.js';
import { asSelf } from '../../base/self.js';
import type { ResolvedOptions } from '../../config/options.js';
import type { Feature, FeatureEnvironment, RunningFeature } from '../../feature.js';
import { eventLoop } from '../../probes/event-loop.js';
import { VirtualProbes } from '../../probes/virtual-probes.js';
import type { Stop } from '../../types.js';
import { MeterBinding } from '../meter-binding.js';
import { WORKER_ATTRIBUTE } from '../thread-attribute.js';
import { LagHistogram } from './lag-histogram.js';
import { makeLoopGauges } from './loop-gauges.js';

/** Loop lag: the histogram, and the gauges over the last complete window. */
export const lagMetrics: Feature = {
  name: 'lag metrics',
  options: ['eventLoop.enabled', 'eventLoop.probeIntervalMs', 'eventLoop.windowMs'],
  wants: (options) => options['eventLoop.enabled'],
  start: (environment) => {
    const running = new LagMetrics(environment);
    running.update(environment.options);
    return running;
  },
};

class LagMetrics implements RunningFeature {
  readonly #histogram: LagHistogram;
  readonly #binding: MeterBinding;
  readonly #stopTick: Stop;
  #stopProbes: Stop = () => {};
  #intervalMs = 0;
  #window: LoopWindow | undefined;

  constructor(private readonly environment: FeatureEnvironment) {
    this.#histogram = new LagHistogram((count) => environment.shed('lag_before_provider', count));
    this.#binding = new MeterBinding(environment.otel, (meter, provider) => {
      this.#histogram.bind(meter);
      const readings = {
        lag: () => this.#window?.lag.summary(),
        utilization: () => this.#window?.utilization() ?? 0,
        time: loopTime,
      };
      const stopGauges = makeLoopGauges(meter, provider, readings, WORKER_ATTRIBUTE);
      return () => {
        this.#histogram.unbind();
        stopGauges();
      };
    });
    this.#stopTick = environment.onSlowTick(() => this.#binding.refresh());
  }

  update(options: ResolvedOptions): void {
    const intervalMs = options['eventLoop.probeIntervalMs'];
    const windowMs = options['eventLoop.windowMs'];
    if (intervalMs === this.#intervalMs && windowMs === this.#window?.lag.windowMs) return;
    this.#stopProbes();
    this.#intervalMs = intervalMs;
    const window = new LoopWindow(windowMs);
    this.#window = window;
    const probes = new VirtualProbes(
      intervalMs,
      (lagMs) => {
        window.lag.record(lagMs);
        this.#histogram.record(lagMs);
      },
      (count) => this.environment.shed('lag_probes', count),
    );
    this.#stopProbes = eventLoop.listen((observation) => {
      asSelf(() => probes.observe(observation));
      window.turn(observation.now);
    }, intervalMs);
  }

  providersChanged(): void {
    this.#binding.refresh();
  }

  stop(): void {
    this.#stopProbes();
    this.#stopTick();
    this.#binding.release();
  }
}

/** The last complete window of lag and of utilization; they turn together. */
class LoopWindow {
  readonly lag: LagWindow;
  #since = performance.eventLoopUtilization();
  #utilization: number | undefined;

  constructor(windowMs: number) {
    this.lag = new LagWindow(windowMs, monotonic());
  }

  turn(now: number): void {
    if (!this.lag.turn(now)) return;
    const present = performance.eventLoopUtilization();
    this.#utilization = performance.eventLoopUtilization(present, this.#since).utilization;
    this.#since = present;
  }

  utilization(): number {
    return this.#utilization ?? performance.eventLoopUtilization(this.#since).utilization;
  }
}

function loopTime(): { active: number; idle: number } {
  const { active, idle } = performance.eventLoopUtilization();
  return { active: active / 1_000, idle: idle / 1_000 };
}

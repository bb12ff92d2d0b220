import type { ObservableResult } from '@opentelemetry/api';
import type { Feature } from '../feature.js';
import { ATTR, METRIC } from '../semconv.js';
import { MeterBinding } from './meter-binding.js';

/** What the package gave up to stay within its bounds, by reason. */
export const selfMetrics: Feature = {
  name: 'self metrics',
  wants: () => true,
  start: ({ otel, shedCounts, onSlowTick }) => {
    const binding = new MeterBinding(otel, (meter) => {
      const shed = meter.createObservableCounter(METRIC.SELF_SHED, {
        unit: '{item}',
        description: 'What the instrumentation gave up to stay within its bounds.',
      });
      const callback = (result: ObservableResult) => {
        for (const [reason, count] of shedCounts) result.observe(count, { [ATTR.SHED_REASON]: reason });
      };
      shed.addCallback(callback);
      return () => shed.removeCallback(callback);
    });
    const stopTick = onSlowTick(() => binding.refresh());
    return {
      update() {},
      providersChanged: () => binding.refresh(),
      stop() {
        stopTick();
        binding.release();
      },
    };
  },
};

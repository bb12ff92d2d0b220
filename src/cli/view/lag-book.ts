import { BoundedMap } from '../../base/bounded-map.js';
import type { HistogramDataPoint, MetricsRequest } from '../../otlp/messages.js';
import { fromKeyValues } from '../../otlp/values.js';
import { ATTR, METRIC } from '../../semconv.js';
import { type Distribution, difference, ofExponential, ofHistogram, sum } from './distribution.js';
import { serviceOf } from './service.js';

/** Lag of one event loop since it was last taken. Seconds. */
export interface LagView {
  service: string;
  thread: string | undefined;
  distribution: Distribution;
}

const MAX_SERIES = 200;
const DELTA = 1;

interface Series {
  service: string;
  thread: string | undefined;
  last: Distribution | undefined;
  fresh: Distribution | undefined;
}

/** Keeps the lag histograms that come in, of both temporalities and both kinds, and tells what is new in them. */
export class LagBook {
  readonly #series = new BoundedMap<string, Series>(MAX_SERIES);

  add(request: MetricsRequest): void {
    for (const { resource, scopeMetrics } of request.resourceMetrics ?? []) {
      const attributes = fromKeyValues(resource?.attributes);
      const service = serviceOf(resource);
      const instance = String(attributes.get(ATTR.SERVICE_INSTANCE_ID) ?? '');
      for (const metric of (scopeMetrics ?? []).flatMap((scope) => scope.metrics ?? [])) {
        if (metric.name !== METRIC.EVENT_LOOP_LAG) continue;
        for (const point of metric.histogram?.dataPoints ?? []) {
          const delta = metric.histogram?.aggregationTemporality === DELTA;
          this.#point(service, instance, point, ofHistogram(point), delta);
        }
        for (const point of metric.exponentialHistogram?.dataPoints ?? []) {
          const delta = metric.exponentialHistogram?.aggregationTemporality === DELTA;
          this.#point(service, instance, point, ofExponential(point), delta);
        }
      }
    }
  }

  /** What has come since the last call, one entry a loop; loops without anything new are left out. */
  take(): LagView[] {
    const views: LagView[] = [];
    for (const series of this.#series.values()) {
      if (series.fresh === undefined || series.fresh.count === 0) continue;
      views.push({ service: series.service, thread: series.thread, distribution: series.fresh });
      series.fresh = undefined;
    }
    return views;
  }

  #point(
    service: string,
    instance: string,
    point: Pick<HistogramDataPoint, 'attributes'>,
    distribution: Distribution,
    delta: boolean,
  ): void {
    const id = fromKeyValues(point.attributes).get(ATTR.THREAD_ID);
    const thread = id === undefined ? undefined : String(id).slice(0, 20);
    const key = JSON.stringify([service, instance.slice(0, 100), thread]);
    const series = this.#series.get(key) ?? { service, thread, last: undefined, fresh: undefined };
    const news =
      delta || series.last === undefined
        ? distribution
        : (difference(distribution, series.last) ?? distribution);
    series.fresh = series.fresh === undefined ? news : sum(series.fresh, news);
    series.last = distribution;
    this.#series.set(key, series);
  }
}

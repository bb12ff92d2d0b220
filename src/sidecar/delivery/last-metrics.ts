import type { Attributes, HrTime, MeterProvider } from '@opentelemetry/api';
import type { Metric, ScopeMetrics } from '../../otlp/messages.js';
import { toKeyValues, type Value } from '../../otlp/values.js';
import { hrNanos } from './sdk-time.js';

/** What we know of meter providers of SDK 2 and 3; found by looking, not by version. */
interface SharedState {
  metricCollectors?: MetricCollector[];
  meterSharedStates?: Map<unknown, MeterState>;
}
interface MetricCollector {
  _metricReader?: { _exporter?: { export?: unknown } };
}
interface MeterState {
  _instrumentationScope?: { name?: string; version?: string };
  metricStorageRegistry?: { getStorages(collector: MetricCollector): Storage[] };
}
interface Storage {
  getInstrumentDescriptor(): { type?: string };
  collect(collector: MetricCollector, time: HrTime): MetricData | undefined;
}
interface MetricData {
  descriptor: { name: string; description?: string; unit?: string; valueType?: number };
  /** 0 delta, 1 cumulative. */
  aggregationTemporality: number;
  dataPointType: number;
  isMonotonic?: boolean;
  dataPoints: { startTime: HrTime; endTime: HrTime; attributes: Attributes; value: unknown }[];
}
interface HistogramValue {
  buckets: { boundaries: number[]; counts: number[] };
  count: number;
  sum?: number;
  min?: number;
  max?: number;
}
interface ExponentialValue extends Omit<HistogramValue, 'buckets'> {
  scale: number;
  zeroCount: number;
  positive: { offset: number; bucketCounts: number[] };
  negative: { offset: number; bucketCounts: number[] };
}

const WHOLE_NUMBERS = 0;
const HISTOGRAM = 0;
const EXPONENTIAL_HISTOGRAM = 1;
const GAUGE = 2;

/**
 * What the reader that pushes would collect now, of counters and histograms that were recorded into. Its own
 * `collect` takes turns of the event loop that a dying process has not got, for the sake of observable instruments:
 * those are left out, since to ask them is to run the application's code. Their last exported values stand.
 */
export function collectLastMetrics(provider: MeterProvider | undefined): ScopeMetrics[] {
  const state = (provider as { _sharedState?: SharedState } | undefined)?._sharedState;
  const collector = state?.metricCollectors?.find(
    ({ _metricReader: reader }) => typeof reader?._exporter?.export === 'function',
  );
  if (state === undefined || collector === undefined) return [];
  const now = Date.now();
  const time: HrTime = [Math.floor(now / 1_000), (now % 1_000) * 1e6];
  return [...(state.meterSharedStates?.values() ?? [])].flatMap((meter) => {
    const metrics = (meter.metricStorageRegistry?.getStorages(collector) ?? [])
      .filter((storage) => !storage.getInstrumentDescriptor().type?.startsWith('OBSERVABLE'))
      .map((storage) => storage.collect(collector, time))
      .filter((data) => data !== undefined && data.dataPoints.length > 0)
      .map((data) => toOtlp(data as MetricData));
    const { name, version } = meter._instrumentationScope ?? {};
    return metrics.length > 0 ? [{ scope: { name, version }, metrics }] : [];
  });
}

function toOtlp(data: MetricData): Metric {
  const { name, description, unit } = data.descriptor;
  return { name, description, unit, ...values(data) };
}

function values({
  descriptor,
  dataPointType,
  dataPoints,
  isMonotonic,
  ...data
}: MetricData): Partial<Metric> {
  const aggregationTemporality = data.aggregationTemporality + 1;
  const number = (value: unknown) =>
    descriptor.valueType === WHOLE_NUMBERS && Number.isInteger(value)
      ? { asInt: BigInt(value as number) }
      : { asDouble: value as number };
  const points = dataPoints.map(({ startTime, endTime, attributes, value }) => ({
    value,
    common: {
      startTimeUnixNano: hrNanos(startTime),
      timeUnixNano: hrNanos(endTime),
      attributes: toKeyValues(attributes as Record<string, Value>),
    },
  }));
  switch (dataPointType) {
    case HISTOGRAM:
      return {
        histogram: {
          aggregationTemporality,
          dataPoints: points.map(({ common, value }) => ({
            ...common,
            ...summary(value as HistogramValue),
            explicitBounds: (value as HistogramValue).buckets.boundaries,
            bucketCounts: (value as HistogramValue).buckets.counts.map(BigInt),
          })),
        },
      };
    case EXPONENTIAL_HISTOGRAM:
      return {
        exponentialHistogram: {
          aggregationTemporality,
          dataPoints: points.map(({ common, value }) => ({
            ...common,
            ...exponential(value as ExponentialValue),
          })),
        },
      };
    default: {
      const numbers = points.map(({ common, value }) => ({ ...common, ...number(value) }));
      return dataPointType === GAUGE
        ? { gauge: { dataPoints: numbers } }
        : { sum: { dataPoints: numbers, aggregationTemporality, isMonotonic } };
    }
  }
}

function exponential(value: ExponentialValue) {
  const buckets = ({ offset, bucketCounts }: ExponentialValue['positive']) => ({
    offset,
    bucketCounts: bucketCounts.map(BigInt),
  });
  return {
    ...summary(value),
    scale: value.scale,
    zeroCount: BigInt(value.zeroCount),
    positive: buckets(value.positive),
    negative: buckets(value.negative),
  };
}

/** Of none, smallest and largest are infinite, which OTLP leaves out. */
function summary({ count, sum, min, max }: Omit<HistogramValue, 'buckets'>) {
  return { count: BigInt(count), sum, ...(count > 0 && { min, max }) };
}

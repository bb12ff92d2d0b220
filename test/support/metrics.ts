import { DiagLogLevel, diag } from '@opentelemetry/api';
import {
  AggregationTemporality,
  type Histogram,
  type MetricData,
  MetricReader,
} from '@opentelemetry/sdk-metrics';

/** Collects when asked, in the temporality asked for. */
export class MemoryReader extends MetricReader {
  constructor(temporality = AggregationTemporality.CUMULATIVE) {
    super({ aggregationTemporalitySelector: () => temporality });
  }

  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}

  /** Every metric of one collection, with the scope that made it. */
  async metrics(): Promise<(MetricData & { scope: string })[]> {
    const { resourceMetrics, errors } = await this.collect();
    if (errors.length > 0) throw errors[0];
    return resourceMetrics.scopeMetrics.flatMap(({ scope, metrics }) =>
      metrics.map((metric) => ({ ...metric, scope: scope.name })),
    );
  }

  async names(): Promise<string[]> {
    return (await this.metrics()).map(({ descriptor }) => descriptor.name);
  }

  /** The only point of a metric, its value as it is; `undefined` where the metric has no point. */
  async value<T = number>(name: string): Promise<T | undefined> {
    const found = (await this.metrics()).filter(({ descriptor }) => descriptor.name === name);
    if (found.length > 1) throw new Error(`${name} was exported ${found.length} times`);
    return found[0]?.dataPoints[0]?.value as T | undefined;
  }

  async histogram(name: string): Promise<Histogram> {
    const empty: Histogram = { buckets: { boundaries: [], counts: [] }, count: 0, sum: 0 };
    return (await this.value<Histogram>(name)) ?? empty;
  }
}

/** How many values of an exported histogram lie above `seconds`, which must be one of its boundaries. */
export function above(histogram: Histogram, seconds: number): number {
  const { boundaries, counts } = histogram.buckets;
  if (boundaries.length === 0) return 0;
  const from = boundaries.indexOf(seconds);
  if (from < 0) throw new Error(`${seconds} is no boundary of ${boundaries}`);
  return counts.slice(from + 1).reduce((total, count) => total + count, 0);
}

/** What OpenTelemetry and this package say through `diag` from now on: warnings and errors. */
export function listenToDiag(): string[] {
  const said: string[] = [];
  const say = (...words: unknown[]) => void said.push(words.map(String).join(' '));
  const quiet = () => {};
  diag.setLogger({ error: say, warn: say, info: quiet, debug: quiet, verbose: quiet }, DiagLogLevel.WARN);
  return said;
}

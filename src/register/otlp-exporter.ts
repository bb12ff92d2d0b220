import { process } from '../base/process.js';
import { list, type Signal } from '../config/otlp-target.js';
import type { OtlpSender } from './otlp-sender.js';
import type { ExportDone, Exporter, MetricsModule, Serializer } from './sdk-types.js';

const SUCCESS = 0;
const FAILED = 1;

/**
 * An exporter as the SDKs want one: serialises at once, hands the bytes to the sender and says so at once. A
 * failure to deliver is the sender's to report: the processors would put each one through `diag`, a line every few
 * seconds while a collector is away.
 */
export class OtlpExporter implements Exporter {
  constructor(
    private readonly serializer: Serializer,
    private readonly sender: OtlpSender,
  ) {}

  export(items: unknown, done: ExportDone): void {
    this.confirming.export(items, () => {});
    done({ code: SUCCESS });
  }

  /** Calls back when the batch was delivered or lost. Who wants to know wraps this. */
  readonly confirming = {
    export: (items: unknown, done: ExportDone): void => {
      const body = this.serializer.serializeRequest(items);
      if (body === undefined) done({ code: SUCCESS });
      else this.sender.send(body, (error) => done(error ? { code: FAILED, error } : { code: SUCCESS }));
    },
  };

  /** Waits for nothing: the providers set timers of 30 s around it, which hold the process. `OtlpSender.drain` waits. */
  forceFlush(): Promise<void> {
    return Promise.resolve();
  }

  shutdown(): Promise<void> {
    return Promise.resolve();
  }
}

/** The same for metrics, with the standard preferences for temporality and histograms. */
export class OtlpMetricExporter extends OtlpExporter {
  readonly #delta: ReadonlySet<string>;
  readonly #exponential: boolean;

  constructor(
    serializer: Serializer,
    sender: OtlpSender,
    private readonly sdk: MetricsModule,
    env: NodeJS.ProcessEnv = process.env,
  ) {
    super(serializer, sender);
    const [temporality = 'cumulative'] = list(env, 'OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE') ?? [];
    this.#delta = DELTA_INSTRUMENTS[temporality.toLowerCase()] ?? new Set();
    const [histogram] = list(env, 'OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION') ?? [];
    this.#exponential = histogram?.toLowerCase() === 'base2_exponential_bucket_histogram';
  }

  selectAggregationTemporality(instrument: string): number {
    const { DELTA, CUMULATIVE } = this.sdk.AggregationTemporality;
    return this.#delta.has(instrument) ? DELTA : CUMULATIVE;
  }

  selectAggregation(instrument: string): { type: number } {
    const { DEFAULT, EXPONENTIAL_HISTOGRAM } = this.sdk.AggregationType;
    return { type: this.#exponential && instrument === 'HISTOGRAM' ? EXPONENTIAL_HISTOGRAM : DEFAULT };
  }
}

/** Instruments that go as deltas, by the standard preference. */
const DELTA_INSTRUMENTS: Readonly<Record<string, ReadonlySet<string>>> = {
  delta: new Set(['COUNTER', 'OBSERVABLE_COUNTER', 'GAUGE', 'HISTOGRAM', 'OBSERVABLE_GAUGE']),
  lowmemory: new Set(['COUNTER', 'HISTOGRAM']),
};

/** The serializer of `@opentelemetry/otlp-transformer` for a signal and protocol, by its name there. */
export function serializerName(signal: Signal, protocol: string): string {
  const kind = { traces: 'Trace', metrics: 'Metrics', logs: 'Logs' }[signal];
  return `${protocol === 'http/json' ? 'Json' : 'Protobuf'}${kind}Serializer`;
}

import { isMainThread } from 'node:worker_threads';
import { otlpTarget, type Signal } from '../config/otlp-target.js';
import { OtlpExporter, OtlpMetricExporter, serializerName } from './otlp-exporter.js';
import { type Health, OtlpSender } from './otlp-sender.js';
import { exporterNames } from './sdk-environment.js';
import type { FoundSdk } from './sdk-resolution.js';
import type { Exporter } from './sdk-types.js';

export interface ChosenExporter {
  exporter: Exporter;
  /** Takes its items one by one (console), not in batches. */
  simple: boolean;
}

/** The exporters that the environment asks for, and what they lack. */
export class ExporterFactory {
  readonly senders: OtlpSender[] = [];
  /** Packages that would have to be installed. */
  readonly missing = new Set<string>();
  readonly unknown: string[] = [];

  constructor(
    private readonly sdk: FoundSdk,
    private readonly health: Health,
  ) {}

  create(signal: Signal, console: new () => Exporter): ChosenExporter[] {
    return exporterNames(signal).flatMap((name): ChosenExporter[] => {
      if (name === 'console') return [{ exporter: new console(), simple: true }];
      if (name === 'prometheus' && signal === 'metrics') return [];
      const exporter = name === 'otlp' ? this.#otlp(signal) : this.#other(signal, name);
      return exporter ? [{ exporter, simple: false }] : [];
    });
  }

  /** Prometheus is read instead of sent, and one a process: workers could not listen on the same port. */
  prometheusReader(): object | undefined {
    if (!isMainThread || !exporterNames('metrics').includes('prometheus')) return undefined;
    return this.#construct('@opentelemetry/exporter-prometheus', 'PrometheusExporter');
  }

  #otlp(signal: Signal): Exporter | undefined {
    const target = otlpTarget(signal);
    const kind = { traces: 'trace', metrics: 'metrics', logs: 'logs' }[signal];
    if (target.protocol === 'grpc') {
      const name = { traces: 'OTLPTraceExporter', metrics: 'OTLPMetricExporter', logs: 'OTLPLogExporter' }[
        signal
      ];
      return this.#detached(`@opentelemetry/exporter-${kind}-otlp-grpc`, name);
    }
    const serializer = this.sdk.serializers?.[serializerName(signal, target.protocol)];
    if (serializer === undefined) {
      this.missing.add(`@opentelemetry/exporter-${kind}-otlp-proto`);
      return undefined;
    }
    const sender = new OtlpSender(target, this.health);
    this.senders.push(sender);
    return signal === 'metrics' && this.sdk.metrics
      ? new OtlpMetricExporter(serializer, sender, this.sdk.metrics)
      : new OtlpExporter(serializer, sender);
  }

  #other(signal: Signal, name: string): Exporter | undefined {
    if (signal === 'traces' && name === 'zipkin') {
      return this.#detached('@opentelemetry/exporter-zipkin', 'ZipkinExporter');
    }
    this.unknown.push(`${name} in OTEL_${signal.toUpperCase()}_EXPORTER`);
    return undefined;
  }

  /** Tells the processor at once that a batch was taken: its timeout would hold the process alive meanwhile. */
  #detached(packageName: string, className: string): Exporter | undefined {
    const exporter = this.#construct(packageName, className) as Exporter | undefined;
    if (exporter === undefined) return undefined;
    const confirming = { export: exporter.export.bind(exporter) };
    exporter.confirming = confirming;
    exporter.export = (items, done) => {
      confirming.export(items, ({ code, error }) => {
        this.health.delivered = code === 0;
        if (code !== 0) this.health.failed(packageName, error ?? new Error('not delivered'));
      });
      done({ code: 0 });
    };
    return exporter;
  }

  #construct(packageName: string, className: string): object | undefined {
    const module = this.sdk.search.load<Record<string, new () => object>>(packageName);
    const Exported = module?.[className];
    if (Exported === undefined) {
      this.missing.add(packageName);
      return undefined;
    }
    return new Exported();
  }
}

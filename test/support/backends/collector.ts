import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BackendProcess } from './backend-process.js';
import { binary } from './binaries.js';
import type { LogFacts, MetricFacts, SpanFacts } from './facts.js';
import {
  type OtlpLogs,
  type OtlpMetrics,
  type OtlpTraces,
  readLogs,
  readMetrics,
  readSpans,
} from './otlp-json.js';

export interface CollectorTargets {
  /** Base address of Jaeger's OTLP receiver. */
  readonly jaegerUrl?: string;
  /** Base address of Prometheus' OTLP receiver. */
  readonly prometheusUrl?: string;
}

/** A real OpenTelemetry Collector that writes all it gets to files and passes traces and metrics on. */
export class Collector {
  private constructor(private readonly process: BackendProcess) {}

  static async start(targets: CollectorTargets = {}): Promise<Collector> {
    const started = await BackendProcess.start({
      name: 'otelcol',
      binary: binary('otelcol'),
      ports: 3,
      files: (ports, folder) => ({ 'config.yaml': configuration(ports, folder, targets) }),
      arguments: () => ['--config', 'config.yaml'],
      readyUrl: (ports) => `http://127.0.0.1:${ports[2]}/`,
    });
    return new Collector(started);
  }

  get otlpUrl(): string {
    return `http://127.0.0.1:${this.process.ports[0]}`;
  }

  /** The spans that arrived so far. */
  spans(): SpanFacts[] {
    return this.#documents<OtlpTraces>('traces').flatMap(readSpans);
  }

  logs(): LogFacts[] {
    return this.#documents<OtlpLogs>('logs').flatMap(readLogs);
  }

  /** One list a request, in order. */
  metrics(): MetricFacts[][] {
    return this.#documents<OtlpMetrics>('metrics').map(readMetrics);
  }

  /** The end of its own log, for a failed test. */
  log(): string {
    return this.process.log();
  }

  stop(): Promise<void> {
    return this.process.stop();
  }

  #documents<T>(signal: string): T[] {
    const file = join(this.process.folder, `${signal}.jsonl`);
    if (!existsSync(file)) return [];
    const lines = readFileSync(file, 'utf8').split('\n');
    // The last piece is empty, or a line still being written.
    return lines.slice(0, -1).map((line) => JSON.parse(line) as T);
  }
}

function configuration(ports: readonly number[], folder: string, targets: CollectorTargets): unknown {
  const [http, grpc, health] = ports.map((port) => ({ endpoint: `127.0.0.1:${port}` }));
  const file = (signal: string) => ({ path: join(folder, `${signal}.jsonl`), flush_interval: '100ms' });
  const { jaegerUrl, prometheusUrl } = targets;
  return {
    extensions: { health_check: health },
    receivers: { otlp: { protocols: { http, grpc } } },
    exporters: {
      'file/traces': file('traces'),
      'file/metrics': file('metrics'),
      'file/logs': file('logs'),
      ...(jaegerUrl && { 'otlp_http/jaeger': { endpoint: jaegerUrl } }),
      ...(prometheusUrl && { 'otlp_http/prometheus': { metrics_endpoint: `${prometheusUrl}/v1/metrics` } }),
    },
    service: {
      extensions: ['health_check'],
      telemetry: { metrics: { level: 'none' } },
      pipelines: {
        traces: pipeline('file/traces', jaegerUrl && 'otlp_http/jaeger'),
        metrics: pipeline('file/metrics', prometheusUrl && 'otlp_http/prometheus'),
        logs: pipeline('file/logs'),
      },
    },
  };
}

function pipeline(...exporters: (string | undefined)[]): unknown {
  return { receivers: ['otlp'], exporters: exporters.filter(Boolean) };
}

import { BackendProcess } from './backend-process.js';
import { binary } from './binaries.js';
import type { SpanFacts } from './facts.js';
import { getJson, getText, HttpError } from './http.js';
import { type OtlpTraces, readSpans } from './otlp-json.js';
import { waitFor } from './wait.js';

/** Where Jaeger puts what it has to say about a span: clock skew, duplicate ids, a missing parent. */
const WARNINGS = '@jaeger@warnings';

export interface JaegerWarning {
  readonly span: SpanFacts;
  readonly message: string;
}

export interface JaegerTrace {
  readonly spans: SpanFacts[];
  readonly warnings: JaegerWarning[];
}

/** A real Jaeger 2 that keeps traces in memory. */
export class Jaeger {
  private constructor(private readonly process: BackendProcess) {}

  static async start(): Promise<Jaeger> {
    const started = await BackendProcess.start({
      name: 'jaeger',
      binary: binary('jaeger'),
      ports: 4,
      files: (ports) => ({ 'config.yaml': configuration(ports) }),
      arguments: () => ['--config', 'config.yaml'],
      readyUrl: (ports) => `http://127.0.0.1:${ports[0]}/api/v3/services`,
    });
    return new Jaeger(started);
  }

  get otlpUrl(): string {
    return `http://127.0.0.1:${this.process.ports[1]}`;
  }

  async services(): Promise<string[]> {
    return (await getJson<{ services?: string[] }>(`${this.#api}/services`)).services ?? [];
  }

  /** Kind and name of each operation: `server GET`. */
  async operations(service: string): Promise<string[]> {
    type Answer = { operations?: { name: string; spanKind: string }[] };
    const answer = await getJson<Answer>(`${this.#api}/operations?service=${encodeURIComponent(service)}`);
    return (answer.operations ?? []).map(({ name, spanKind }) => `${spanKind} ${name}`);
  }

  /** A trace; without spans where Jaeger does not know it. */
  async trace(traceId: string): Promise<JaegerTrace> {
    const documents = await this.#stream(`${this.#api}/traces/${traceId}`);
    const warnings: JaegerWarning[] = [];
    const spans = documents.flatMap(readSpans).map((span) => {
      const { [WARNINGS]: said, ...attributes } = span.attributes;
      for (const message of (said ?? []) as string[]) warnings.push({ span, message });
      return { ...span, attributes };
    });
    return { spans, warnings };
  }

  /** The trace once it has at least `count` spans. */
  completeTrace(traceId: string, count: number): Promise<JaegerTrace> {
    return waitFor(`${count} spans of trace ${traceId} in Jaeger`, async () => {
      const trace = await this.trace(traceId);
      return trace.spans.length >= count ? trace : undefined;
    });
  }

  stop(): Promise<void> {
    return this.process.stop();
  }

  /** A stream has one document a line. */
  async #stream(url: string): Promise<OtlpTraces[]> {
    try {
      const lines = (await getText(url)).split('\n').filter((line) => line.trim() !== '');
      return lines.map((line) => (JSON.parse(line) as { result: OtlpTraces }).result);
    } catch (error) {
      if (error instanceof HttpError && error.status === 404) return [];
      throw error;
    }
  }

  get #api(): string {
    return `http://127.0.0.1:${this.process.ports[0]}/api/v3`;
  }
}

function configuration([query, otlp, queryGrpc, otlpGrpc]: readonly number[]): unknown {
  const at = (port: number | undefined) => ({ endpoint: `127.0.0.1:${port}` });
  return {
    extensions: {
      jaeger_storage: { backends: { memory: { memory: { max_traces: 100_000 } } } },
      jaeger_query: { storage: { traces: 'memory' }, http: at(query), grpc: at(queryGrpc) },
    },
    receivers: { otlp: { protocols: { http: at(otlp), grpc: at(otlpGrpc) } } },
    exporters: { jaeger_storage_exporter: { trace_storage: 'memory' } },
    service: {
      extensions: ['jaeger_storage', 'jaeger_query'],
      pipelines: { traces: { receivers: ['otlp'], exporters: ['jaeger_storage_exporter'] } },
      telemetry: { metrics: { level: 'none' } },
    },
  };
}

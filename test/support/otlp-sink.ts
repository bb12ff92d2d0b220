import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { decodeJson } from '../../src/otlp/json.js';
import type { LogsRequest, MetricsRequest, TracesRequest } from '../../src/otlp/messages.js';
import { decodeProtobuf } from '../../src/otlp/protobuf.js';
import { LOGS_REQUEST, METRICS_REQUEST, TRACES_REQUEST } from '../../src/otlp/tables.js';
import { fromKeyValues } from '../../src/otlp/values.js';

export interface SinkRequest {
  path: string;
  headers: IncomingHttpHeaders;
  traces?: TracesRequest;
  metrics?: MetricsRequest;
  logs?: LogsRequest;
}

/** A small collector: keeps what it was sent over OTLP/HTTP, in protobuf or JSON, gzip or not. */
export class OtlpSink {
  readonly requests: SinkRequest[] = [];
  /** Answered to every request. */
  status = 200;

  private constructor(private readonly server: Server) {}

  static async start(): Promise<OtlpSink> {
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        sink.#take(request.url ?? '', request.headers, Buffer.concat(chunks));
        response.statusCode = sink.status;
        response.end();
      });
    });
    const sink = new OtlpSink(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return sink;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  get spans() {
    return this.#scopes('traces').flatMap((scope) => scope.spans ?? []);
  }

  get metrics() {
    return this.requests
      .flatMap((request) => request.metrics?.resourceMetrics ?? [])
      .flatMap((resource) => resource.scopeMetrics ?? [])
      .flatMap((scope) => scope.metrics ?? []);
  }

  get logs() {
    return this.requests
      .flatMap((request) => request.logs?.resourceLogs ?? [])
      .flatMap((resource) => resource.scopeLogs ?? [])
      .flatMap((scope) => scope.logRecords ?? []);
  }

  /** Attributes of every resource that came, one map a request. */
  get resources() {
    return this.requests.flatMap(({ traces, metrics, logs }) =>
      [
        ...(traces?.resourceSpans ?? []),
        ...(metrics?.resourceMetrics ?? []),
        ...(logs?.resourceLogs ?? []),
      ].map((one) => fromKeyValues(one.resource?.attributes)),
    );
  }

  /** Sorted. Blocks of the loop are left out: a busy machine makes them where the program has none. */
  spanNames(): string[] {
    const names = this.spans.map((span) => span.name ?? '');
    return names.filter((name) => name !== 'async.event_loop.blocked').sort();
  }

  metricNames(): string[] {
    return [...new Set(this.metrics.map((metric) => metric.name ?? ''))].sort();
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  #scopes(_signal: 'traces') {
    return this.requests
      .flatMap((request) => request.traces?.resourceSpans ?? [])
      .flatMap((resource) => resource.scopeSpans ?? []);
  }

  #take(path: string, headers: IncomingHttpHeaders, raw: Buffer): void {
    const body = headers['content-encoding'] === 'gzip' ? gunzipSync(raw) : raw;
    const json = headers['content-type'] === 'application/json';
    const request: SinkRequest = { path, headers };
    if (path.includes('traces'))
      request.traces = json
        ? decodeJson(TRACES_REQUEST, body.toString())
        : decodeProtobuf(TRACES_REQUEST, body);
    if (path.includes('metrics'))
      request.metrics = json
        ? decodeJson(METRICS_REQUEST, body.toString())
        : decodeProtobuf(METRICS_REQUEST, body);
    if (path.includes('logs'))
      request.logs = json ? decodeJson(LOGS_REQUEST, body.toString()) : decodeProtobuf(LOGS_REQUEST, body);
    this.requests.push(request);
  }
}

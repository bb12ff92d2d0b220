/** An OTLP/HTTP receiver for tests: keeps what arrives, and can be told to misbehave. */
import http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { decodeJson } from '../../src/otlp/json.js';
import type {
  LogRecord,
  LogsRequest,
  Metric,
  MetricsRequest,
  Span,
  TracesRequest,
} from '../../src/otlp/messages.js';
import { decodeProtobuf } from '../../src/otlp/protobuf.js';
import { LOGS_REQUEST, METRICS_REQUEST, TRACES_REQUEST } from '../../src/otlp/tables.js';
import { fromKeyValues, type Value } from '../../src/otlp/values.js';

export interface Received<T> {
  atMs: number;
  item: T;
  resource: Map<string, Value>;
  headers: http.IncomingHttpHeaders;
}

/** Answers a request instead of the collector; `undefined` leaves it to the collector. */
export type Misbehaviour = (request: http.IncomingMessage, response: http.ServerResponse) => true | undefined;

export class Collector {
  readonly logs: Received<LogRecord>[] = [];
  readonly spans: Received<Span>[] = [];
  readonly metrics: Received<Metric>[] = [];
  requests = 0;
  misbehave: Misbehaviour | undefined;
  #server!: http.Server | https.Server;
  #wakers = new Set<() => void>();

  static async start(tls?: { key: string; cert: string }): Promise<Collector> {
    const collector = new Collector();
    const handler: http.RequestListener = (request, response) => collector.#receive(request, response);
    collector.#server = tls ? https.createServer(tls, handler) : http.createServer(handler);
    await new Promise<void>((resolve) => collector.#server.listen(0, '127.0.0.1', resolve));
    return collector;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `${this.#server instanceof https.Server ? 'https' : 'http'}://127.0.0.1:${this.port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Waits until `find` gives something; fails after `timeoutMs`, saying `what` was waited for. */
  async until<T>(what: string, find: () => T | undefined | false, timeoutMs = 15_000): Promise<T> {
    const end = Date.now() + timeoutMs;
    for (;;) {
      const found = find();
      if (found) return found;
      const left = end - Date.now();
      if (left <= 0) throw new Error(`waited in vain for ${what}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(done, Math.min(left, 200));
        const wakers = this.#wakers;
        function done() {
          clearTimeout(timer);
          wakers.delete(done);
          resolve();
        }
        wakers.add(done);
      });
    }
  }

  #receive(request: http.IncomingMessage, response: http.ServerResponse): void {
    this.requests++;
    if (this.misbehave?.(request, response)) return;
    this.receive(request, response);
  }

  /** Takes a request as a collector in good health does. */
  receive(request: http.IncomingMessage, response: http.ServerResponse): void {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      let body: Buffer = Buffer.concat(chunks);
      if (request.headers['content-encoding'] === 'gzip') body = gunzipSync(body);
      this.#keep(request, body);
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
      for (const wake of this.#wakers) wake();
    });
  }

  #keep({ url, headers }: http.IncomingMessage, body: Buffer): void {
    const json = headers['content-type'] === 'application/json';
    const common = { atMs: Date.now(), headers };
    if (url?.endsWith('/v1/logs')) {
      const request: LogsRequest = json
        ? decodeJson(LOGS_REQUEST, body.toString())
        : decodeProtobuf(LOGS_REQUEST, body);
      for (const r of request.resourceLogs ?? []) {
        const resource = fromKeyValues(r.resource?.attributes);
        for (const s of r.scopeLogs ?? [])
          for (const item of s.logRecords ?? []) this.logs.push({ ...common, resource, item });
      }
    } else if (url?.endsWith('/v1/traces')) {
      const request: TracesRequest = json
        ? decodeJson(TRACES_REQUEST, body.toString())
        : decodeProtobuf(TRACES_REQUEST, body);
      for (const r of request.resourceSpans ?? []) {
        const resource = fromKeyValues(r.resource?.attributes);
        for (const s of r.scopeSpans ?? [])
          for (const item of s.spans ?? []) this.spans.push({ ...common, resource, item });
      }
    } else if (url?.endsWith('/v1/metrics')) {
      const request: MetricsRequest = json
        ? decodeJson(METRICS_REQUEST, body.toString())
        : decodeProtobuf(METRICS_REQUEST, body);
      for (const r of request.resourceMetrics ?? []) {
        const resource = fromKeyValues(r.resource?.attributes);
        for (const s of r.scopeMetrics ?? [])
          for (const item of s.metrics ?? []) this.metrics.push({ ...common, resource, item });
      }
    }
  }
}

/** The attributes of a record, by name. */
export function attributesOf(item: { attributes?: LogRecord['attributes'] }): Map<string, Value> {
  return fromKeyValues(item.attributes);
}

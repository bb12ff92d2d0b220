/** A collector for tests: OTLP as JSON over HTTP, sorted by the first part of the path, so that one serves many. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ReceivedSpan {
  scope: string;
  name: string;
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes: Record<string, unknown>;
}

export interface Received {
  spans: ReceivedSpan[];
  metricNames: Set<string>;
  logBodies: string[];
}

export interface Sink {
  /** For `OTEL_EXPORTER_OTLP_ENDPOINT`. */
  endpoint(name: string): string;
  received(name: string): Received;
  close(): Promise<void>;
}

type Value = {
  stringValue?: string;
  intValue?: string | number;
  doubleValue?: number;
  boolValue?: boolean;
  arrayValue?: { values?: Value[] };
};
interface Scoped {
  scope?: { name?: string };
  spans?: (Omit<ReceivedSpan, 'attributes' | 'scope'> & { attributes?: { key: string; value: Value }[] })[];
  metrics?: { name: string }[];
  logRecords?: { body?: Value }[];
}
interface Body {
  resourceSpans?: { scopeSpans: Scoped[] }[];
  resourceMetrics?: { scopeMetrics: Scoped[] }[];
  resourceLogs?: { scopeLogs: Scoped[] }[];
}

export async function startSink(): Promise<Sink> {
  const all = new Map<string, Received>();
  const received = (name: string): Received => {
    const found = all.get(name) ?? { spans: [], metricNames: new Set(), logBodies: [] };
    all.set(name, found);
    return found;
  };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const name = request.url?.split('/')[1] ?? '';
      try {
        take(received(name), JSON.parse(Buffer.concat(chunks).toString('utf8')) as Body);
        response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
      } catch {
        response.writeHead(400).end();
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: (name) => `http://127.0.0.1:${port}/${name}`,
    received,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function take(into: Received, body: Body): void {
  for (const { scope, spans = [] } of (body.resourceSpans ?? []).flatMap((r) => r.scopeSpans)) {
    for (const { attributes = [], ...span } of spans) {
      into.spans.push({
        ...span,
        scope: scope?.name ?? '',
        attributes: Object.fromEntries(attributes.map(({ key, value }) => [key, plain(value)])),
      });
    }
  }
  for (const { metrics = [] } of (body.resourceMetrics ?? []).flatMap((r) => r.scopeMetrics)) {
    for (const { name } of metrics) into.metricNames.add(name);
  }
  for (const { logRecords = [] } of (body.resourceLogs ?? []).flatMap((r) => r.scopeLogs)) {
    for (const { body: text } of logRecords) into.logBodies.push(String(text?.stringValue ?? ''));
  }
}

function plain(value: Value): unknown {
  if (value.arrayValue) return (value.arrayValue.values ?? []).map(plain);
  return (
    value.stringValue ??
    value.boolValue ??
    value.doubleValue ??
    (value.intValue === undefined ? undefined : Number(value.intValue))
  );
}

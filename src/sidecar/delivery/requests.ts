import type { Destination } from '../../config/export-destination.js';
import type { Signal } from '../../config/otlp-target.js';
import { encodeJson } from '../../otlp/json.js';
import type { LogRecord, Metric, ScopeMetrics, ScopeSpans, Span } from '../../otlp/messages.js';
import { encodeProtobuf } from '../../otlp/protobuf.js';
import type { Schema } from '../../otlp/schema.js';
import { LOGS_REQUEST, METRICS_REQUEST, TRACES_REQUEST } from '../../otlp/tables.js';
import { toKeyValues } from '../../otlp/values.js';
import { SCOPE } from '../../semconv.js';
import { VERSION } from '../../version.js';
import type { ExportConfig, LastWords, PlainAttributes } from '../protocol.js';
import { toLogRecord } from './record-to-otlp.js';
import { mergeResources } from './resource.js';

/** Telemetry of one signal each, in OTLP's own shape. */
export interface Parcel {
  logs?: LogRecord[];
  traces?: Span[];
  /** Spans of others. */
  scopeSpans?: ScopeSpans[];
  resource?: PlainAttributes;
  metrics?: Metric[];
  /** Metrics of others. */
  scopeMetrics?: ScopeMetrics[];
}

/** One request of OTLP, as it is sent, and as it is kept where it cannot be. */
export interface OtlpRequest {
  signal: Signal;
  encoding: Destination['encoding'];
  body: Uint8Array;
}

export function parcelOf({ records, resource, spans: scopeSpans, metrics: scopeMetrics }: LastWords): Parcel {
  return { logs: records.map(toLogRecord), scopeSpans, scopeMetrics, resource };
}

/** What is in `parcel`, a request for each signal that has a destination and is wanted. */
export function* requestsOf(
  parcel: Parcel,
  { destinations, resource: attributes }: ExportConfig,
  wants: (signal: Signal) => boolean = () => true,
): Generator<OtlpRequest> {
  const resource = { attributes: toKeyValues(mergeResources(attributes, parcel.resource)) };
  const scope = { name: SCOPE, version: VERSION };
  function* request<M extends object>(signal: Signal, schema: Schema<M>, message: M): Generator<OtlpRequest> {
    const to = destinations[signal];
    if (to !== undefined && wants(signal))
      yield { signal, encoding: to.encoding, body: encode(schema, message, to) };
  }
  const { logs, traces, metrics } = parcel;
  if (logs?.length) {
    yield* request('logs', LOGS_REQUEST, {
      resourceLogs: [{ resource, scopeLogs: [{ scope, logRecords: logs }] }],
    });
  }
  const scopeSpans = [...(parcel.scopeSpans ?? []), ...(traces?.length ? [{ scope, spans: traces }] : [])];
  if (scopeSpans.length > 0)
    yield* request('traces', TRACES_REQUEST, { resourceSpans: [{ resource, scopeSpans }] });
  const scopeMetrics = [...(parcel.scopeMetrics ?? []), ...(metrics?.length ? [{ scope, metrics }] : [])];
  if (scopeMetrics.length > 0) {
    yield* request('metrics', METRICS_REQUEST, { resourceMetrics: [{ resource, scopeMetrics }] });
  }
}

function encode<M extends object>(schema: Schema<M>, message: M, to: Destination): Uint8Array {
  return to.encoding === 'json'
    ? Buffer.from(encodeJson(schema, message), 'utf8')
    : encodeProtobuf(schema, message);
}

/** Reads OTLP's JSON as Jaeger's API and the Collector's file exporter write it. */
import {
  type Attributes,
  type LogFacts,
  type MetricFacts,
  type SpanFacts,
  sortedAttributes,
} from './facts.js';

interface OtlpValue {
  stringValue?: string;
  boolValue?: boolean;
  intValue?: string | number;
  doubleValue?: number;
  arrayValue?: { values?: OtlpValue[] };
}

type KeyValues = readonly { key: string; value: OtlpValue }[];

interface OtlpResource {
  attributes?: KeyValues;
}

interface OtlpScope {
  name?: string;
}

interface OtlpSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind?: number;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes?: KeyValues;
  status?: { code?: number; message?: string };
  events?: { name: string; timeUnixNano: string; attributes?: KeyValues }[];
}

interface OtlpLogRecord {
  timeUnixNano?: string;
  severityNumber?: number;
  severityText?: string;
  eventName?: string;
  body?: OtlpValue;
  attributes?: KeyValues;
  traceId?: string;
  spanId?: string;
}

interface OtlpPoint {
  timeUnixNano: string;
  attributes?: KeyValues;
  asDouble?: number;
  asInt?: string | number;
  count?: string | number;
  sum?: number;
  bucketCounts?: (string | number)[];
  explicitBounds?: number[];
}

interface OtlpMetric {
  name: string;
  description?: string;
  unit?: string;
  gauge?: { dataPoints?: OtlpPoint[] };
  sum?: { dataPoints?: OtlpPoint[]; isMonotonic?: boolean };
  histogram?: { dataPoints?: OtlpPoint[] };
}

export interface OtlpTraces {
  resourceSpans?: { resource?: OtlpResource; scopeSpans?: { scope?: OtlpScope; spans?: OtlpSpan[] }[] }[];
}

export interface OtlpLogs {
  resourceLogs?: {
    resource?: OtlpResource;
    scopeLogs?: { scope?: OtlpScope; logRecords?: OtlpLogRecord[] }[];
  }[];
}

export interface OtlpMetrics {
  resourceMetrics?: {
    resource?: OtlpResource;
    scopeMetrics?: { scope?: OtlpScope; metrics?: OtlpMetric[] }[];
  }[];
}

export function readSpans(document: OtlpTraces): SpanFacts[] {
  return (document.resourceSpans ?? []).flatMap(({ resource, scopeSpans = [] }) =>
    scopeSpans.flatMap(({ scope, spans = [] }) =>
      spans.map((span) => ({
        traceId: span.traceId,
        spanId: span.spanId,
        parentSpanId: span.parentSpanId ?? '',
        name: span.name,
        kind: span.kind ?? 0,
        start: span.startTimeUnixNano,
        end: span.endTimeUnixNano,
        attributes: readAttributes(span.attributes),
        status: { code: span.status?.code ?? 0, message: span.status?.message ?? '' },
        events: (span.events ?? []).map((event) => ({
          name: event.name,
          time: event.timeUnixNano,
          attributes: readAttributes(event.attributes),
        })),
        scope: scope?.name ?? '',
        resource: readAttributes(resource?.attributes),
      })),
    ),
  );
}

export function readLogs(document: OtlpLogs): LogFacts[] {
  return (document.resourceLogs ?? []).flatMap(({ resource, scopeLogs = [] }) =>
    scopeLogs.flatMap(({ scope, logRecords = [] }) =>
      logRecords.map((record) => ({
        eventName: record.eventName ?? '',
        severityNumber: record.severityNumber ?? 0,
        severityText: record.severityText ?? '',
        body: plain(record.body),
        time: record.timeUnixNano ?? '',
        traceId: record.traceId ?? '',
        spanId: record.spanId ?? '',
        attributes: readAttributes(record.attributes),
        scope: scope?.name ?? '',
        resource: readAttributes(resource?.attributes),
      })),
    ),
  );
}

export function readMetrics(document: OtlpMetrics): MetricFacts[] {
  return (document.resourceMetrics ?? []).flatMap(({ resource, scopeMetrics = [] }) =>
    scopeMetrics.flatMap(({ scope, metrics = [] }) =>
      metrics.map((metric) => ({
        name: metric.name,
        description: metric.description ?? '',
        unit: metric.unit ?? '',
        type: metric.histogram ? 'histogram' : metric.gauge ? 'gauge' : 'sum',
        monotonic: metric.sum?.isMonotonic ?? false,
        points: (metric.histogram ?? metric.gauge ?? metric.sum)?.dataPoints?.map(readPoint) ?? [],
        scope: scope?.name ?? '',
        resource: readAttributes(resource?.attributes),
      })),
    ),
  );
}

function readPoint(point: OtlpPoint): MetricFacts['points'][number] {
  const common = { attributes: readAttributes(point.attributes), time: point.timeUnixNano };
  if (point.bucketCounts === undefined) return { ...common, value: Number(point.asDouble ?? point.asInt) };
  return {
    ...common,
    histogram: {
      count: Number(point.count),
      sum: point.sum ?? 0,
      boundaries: point.explicitBounds ?? [],
      counts: point.bucketCounts.map(Number),
    },
  };
}

function readAttributes(list: KeyValues = []): Attributes {
  return sortedAttributes(Object.fromEntries(list.map(({ key, value }) => [key, plain(value)])));
}

function plain(value: OtlpValue | undefined): unknown {
  if (value?.intValue !== undefined) return Number(value.intValue);
  if (value?.arrayValue !== undefined) return (value.arrayValue.values ?? []).map(plain);
  return value?.stringValue ?? value?.boolValue ?? value?.doubleValue;
}

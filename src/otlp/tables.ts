/** OTLP's messages, one row a field. */
import type * as M from './messages.js';
import { define, field, fields, message, messages, type Schema } from './schema.js';

const ANY_VALUE: Schema<M.AnyValue> = define<M.AnyValue>('AnyValue', {
  stringValue: field(1, 'string'),
  boolValue: field(2, 'bool'),
  intValue: field(3, 'int64'),
  doubleValue: field(4, 'double'),
  arrayValue: message(5, () => ARRAY_VALUE),
  kvlistValue: message(6, () => KEY_VALUE_LIST),
  bytesValue: field(7, 'bytes'),
});
const ARRAY_VALUE = define<M.ArrayValue>('ArrayValue', { values: messages(1, () => ANY_VALUE) });
const KEY_VALUE = define<M.KeyValue>('KeyValue', {
  key: field(1, 'string'),
  value: message(2, () => ANY_VALUE),
});
const KEY_VALUE_LIST = define<M.KeyValueList>('KeyValueList', { values: messages(1, () => KEY_VALUE) });
const SCOPE = define<M.Scope>('InstrumentationScope', {
  name: field(1, 'string'),
  version: field(2, 'string'),
  attributes: messages(3, () => KEY_VALUE),
  droppedAttributesCount: field(4, 'uint32'),
});
const RESOURCE = define<M.Resource>('Resource', {
  attributes: messages(1, () => KEY_VALUE),
  droppedAttributesCount: field(2, 'uint32'),
});

const SPAN_STATUS = define<M.SpanStatus>('Status', {
  message: field(2, 'string'),
  code: field(3, 'enumeration'),
});
const SPAN_EVENT = define<M.SpanEvent>('Event', {
  timeUnixNano: field(1, 'fixed64'),
  name: field(2, 'string'),
  attributes: messages(3, () => KEY_VALUE),
  droppedAttributesCount: field(4, 'uint32'),
});
const SPAN_LINK = define<M.SpanLink>('Link', {
  traceId: field(1, 'id'),
  spanId: field(2, 'id'),
  traceState: field(3, 'string'),
  attributes: messages(4, () => KEY_VALUE),
  droppedAttributesCount: field(5, 'uint32'),
  flags: field(6, 'fixed32'),
});
const SPAN = define<M.Span>('Span', {
  traceId: field(1, 'id'),
  spanId: field(2, 'id'),
  traceState: field(3, 'string'),
  parentSpanId: field(4, 'id'),
  name: field(5, 'string'),
  kind: field(6, 'enumeration'),
  startTimeUnixNano: field(7, 'fixed64'),
  endTimeUnixNano: field(8, 'fixed64'),
  attributes: messages(9, () => KEY_VALUE),
  droppedAttributesCount: field(10, 'uint32'),
  events: messages(11, () => SPAN_EVENT),
  droppedEventsCount: field(12, 'uint32'),
  links: messages(13, () => SPAN_LINK),
  droppedLinksCount: field(14, 'uint32'),
  status: message(15, () => SPAN_STATUS),
  flags: field(16, 'fixed32'),
});
const SCOPE_SPANS = define<M.ScopeSpans>('ScopeSpans', {
  scope: message(1, () => SCOPE),
  spans: messages(2, () => SPAN),
  schemaUrl: field(3, 'string'),
});
const RESOURCE_SPANS = define<M.ResourceSpans>('ResourceSpans', {
  resource: message(1, () => RESOURCE),
  scopeSpans: messages(2, () => SCOPE_SPANS),
  schemaUrl: field(3, 'string'),
});

const LOG_RECORD = define<M.LogRecord>('LogRecord', {
  timeUnixNano: field(1, 'fixed64'),
  severityNumber: field(2, 'enumeration'),
  severityText: field(3, 'string'),
  body: message(5, () => ANY_VALUE),
  attributes: messages(6, () => KEY_VALUE),
  droppedAttributesCount: field(7, 'uint32'),
  flags: field(8, 'fixed32'),
  traceId: field(9, 'id'),
  spanId: field(10, 'id'),
  observedTimeUnixNano: field(11, 'fixed64'),
  eventName: field(12, 'string'),
});
const SCOPE_LOGS = define<M.ScopeLogs>('ScopeLogs', {
  scope: message(1, () => SCOPE),
  logRecords: messages(2, () => LOG_RECORD),
  schemaUrl: field(3, 'string'),
});
const RESOURCE_LOGS = define<M.ResourceLogs>('ResourceLogs', {
  resource: message(1, () => RESOURCE),
  scopeLogs: messages(2, () => SCOPE_LOGS),
  schemaUrl: field(3, 'string'),
});

const EXEMPLAR = define<M.Exemplar>('Exemplar', {
  timeUnixNano: field(2, 'fixed64'),
  asDouble: field(3, 'double'),
  spanId: field(4, 'id'),
  traceId: field(5, 'id'),
  asInt: field(6, 'sfixed64'),
  filteredAttributes: messages(7, () => KEY_VALUE),
});
const NUMBER_DATA_POINT = define<M.NumberDataPoint>('NumberDataPoint', {
  startTimeUnixNano: field(2, 'fixed64'),
  timeUnixNano: field(3, 'fixed64'),
  asDouble: field(4, 'double'),
  exemplars: messages(5, () => EXEMPLAR),
  asInt: field(6, 'sfixed64'),
  attributes: messages(7, () => KEY_VALUE),
  flags: field(8, 'uint32'),
});
const HISTOGRAM_DATA_POINT = define<M.HistogramDataPoint>('HistogramDataPoint', {
  startTimeUnixNano: field(2, 'fixed64'),
  timeUnixNano: field(3, 'fixed64'),
  count: field(4, 'fixed64'),
  sum: field(5, 'double'),
  bucketCounts: fields(6, 'fixed64'),
  explicitBounds: fields(7, 'double'),
  exemplars: messages(8, () => EXEMPLAR),
  attributes: messages(9, () => KEY_VALUE),
  flags: field(10, 'uint32'),
  min: field(11, 'double'),
  max: field(12, 'double'),
});
const EXPONENTIAL_BUCKETS = define<M.ExponentialBuckets>('Buckets', {
  offset: field(1, 'sint32'),
  bucketCounts: fields(2, 'uint64'),
});
const EXPONENTIAL_DATA_POINT = define<M.ExponentialHistogramDataPoint>('ExponentialHistogramDataPoint', {
  attributes: messages(1, () => KEY_VALUE),
  startTimeUnixNano: field(2, 'fixed64'),
  timeUnixNano: field(3, 'fixed64'),
  count: field(4, 'fixed64'),
  sum: field(5, 'double'),
  scale: field(6, 'sint32'),
  zeroCount: field(7, 'fixed64'),
  positive: message(8, () => EXPONENTIAL_BUCKETS),
  negative: message(9, () => EXPONENTIAL_BUCKETS),
  flags: field(10, 'uint32'),
  exemplars: messages(11, () => EXEMPLAR),
  min: field(12, 'double'),
  max: field(13, 'double'),
  zeroThreshold: field(14, 'double'),
});
const VALUE_AT_QUANTILE = define<M.ValueAtQuantile>('ValueAtQuantile', {
  quantile: field(1, 'double'),
  value: field(2, 'double'),
});
const SUMMARY_DATA_POINT = define<M.SummaryDataPoint>('SummaryDataPoint', {
  startTimeUnixNano: field(2, 'fixed64'),
  timeUnixNano: field(3, 'fixed64'),
  count: field(4, 'fixed64'),
  sum: field(5, 'double'),
  quantileValues: messages(6, () => VALUE_AT_QUANTILE),
  attributes: messages(7, () => KEY_VALUE),
  flags: field(8, 'uint32'),
});
const GAUGE = define<M.Gauge>('Gauge', { dataPoints: messages(1, () => NUMBER_DATA_POINT) });
const SUM = define<M.Sum>('Sum', {
  dataPoints: messages(1, () => NUMBER_DATA_POINT),
  aggregationTemporality: field(2, 'enumeration'),
  isMonotonic: field(3, 'bool'),
});
const HISTOGRAM = define<M.Histogram>('Histogram', {
  dataPoints: messages(1, () => HISTOGRAM_DATA_POINT),
  aggregationTemporality: field(2, 'enumeration'),
});
const EXPONENTIAL_HISTOGRAM = define<M.ExponentialHistogram>('ExponentialHistogram', {
  dataPoints: messages(1, () => EXPONENTIAL_DATA_POINT),
  aggregationTemporality: field(2, 'enumeration'),
});
const SUMMARY = define<M.Summary>('Summary', { dataPoints: messages(1, () => SUMMARY_DATA_POINT) });
const METRIC = define<M.Metric>('Metric', {
  name: field(1, 'string'),
  description: field(2, 'string'),
  unit: field(3, 'string'),
  gauge: message(5, () => GAUGE),
  sum: message(7, () => SUM),
  histogram: message(9, () => HISTOGRAM),
  exponentialHistogram: message(10, () => EXPONENTIAL_HISTOGRAM),
  summary: message(11, () => SUMMARY),
  metadata: messages(12, () => KEY_VALUE),
});
const SCOPE_METRICS = define<M.ScopeMetrics>('ScopeMetrics', {
  scope: message(1, () => SCOPE),
  metrics: messages(2, () => METRIC),
  schemaUrl: field(3, 'string'),
});
const RESOURCE_METRICS = define<M.ResourceMetrics>('ResourceMetrics', {
  resource: message(1, () => RESOURCE),
  scopeMetrics: messages(2, () => SCOPE_METRICS),
  schemaUrl: field(3, 'string'),
});

/** The bodies of OTLP/HTTP, by what they are for. */
export const TRACES_REQUEST = define<M.TracesRequest>('ExportTraceServiceRequest', {
  resourceSpans: messages(1, () => RESOURCE_SPANS),
});
export const LOGS_REQUEST = define<M.LogsRequest>('ExportLogsServiceRequest', {
  resourceLogs: messages(1, () => RESOURCE_LOGS),
});
export const METRICS_REQUEST = define<M.MetricsRequest>('ExportMetricsServiceRequest', {
  resourceMetrics: messages(1, () => RESOURCE_METRICS),
});

const TRACES_PARTIAL_SUCCESS = define<NonNullable<M.TracesResponse['partialSuccess']>>('PartialSuccess', {
  rejectedSpans: field(1, 'int64'),
  errorMessage: field(2, 'string'),
});
const LOGS_PARTIAL_SUCCESS = define<NonNullable<M.LogsResponse['partialSuccess']>>('PartialSuccess', {
  rejectedLogRecords: field(1, 'int64'),
  errorMessage: field(2, 'string'),
});
const METRICS_PARTIAL_SUCCESS = define<NonNullable<M.MetricsResponse['partialSuccess']>>('PartialSuccess', {
  rejectedDataPoints: field(1, 'int64'),
  errorMessage: field(2, 'string'),
});
export const TRACES_RESPONSE = define<M.TracesResponse>('ExportTraceServiceResponse', {
  partialSuccess: message(1, () => TRACES_PARTIAL_SUCCESS),
});
export const LOGS_RESPONSE = define<M.LogsResponse>('ExportLogsServiceResponse', {
  partialSuccess: message(1, () => LOGS_PARTIAL_SUCCESS),
});
export const METRICS_RESPONSE = define<M.MetricsResponse>('ExportMetricsServiceResponse', {
  partialSuccess: message(1, () => METRICS_PARTIAL_SUCCESS),
});
export const RPC_STATUS = define<M.RpcStatus>('google.rpc.Status', {
  code: field(1, 'enumeration'),
  message: field(2, 'string'),
});

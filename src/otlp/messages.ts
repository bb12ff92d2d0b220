/**
 * OTLP's messages as this program sees them: every field optional (absent and default look the same on the wire),
 * 64 bit integers as `bigint`, trace and span ids as lower-case hexadecimal strings. Times are nanoseconds since the
 * epoch. Definitions: the repository opentelemetry-proto, version 1.
 */

export interface AnyValue {
  stringValue?: string;
  boolValue?: boolean;
  intValue?: bigint;
  doubleValue?: number;
  arrayValue?: ArrayValue;
  kvlistValue?: KeyValueList;
  bytesValue?: Uint8Array;
}
export interface ArrayValue {
  values?: AnyValue[];
}
export interface KeyValueList {
  values?: KeyValue[];
}
export interface KeyValue {
  key?: string;
  value?: AnyValue;
}
export interface Scope {
  name?: string;
  version?: string;
  attributes?: KeyValue[];
  droppedAttributesCount?: number;
}
export interface Resource {
  attributes?: KeyValue[];
  droppedAttributesCount?: number;
}

export interface TracesRequest {
  resourceSpans?: ResourceSpans[];
}
export interface ResourceSpans {
  resource?: Resource;
  scopeSpans?: ScopeSpans[];
  schemaUrl?: string;
}
export interface ScopeSpans {
  scope?: Scope;
  spans?: Span[];
  schemaUrl?: string;
}
export interface Span {
  traceId?: string;
  spanId?: string;
  traceState?: string;
  parentSpanId?: string;
  flags?: number;
  name?: string;
  /** 1 internal, 2 server, 3 client, 4 producer, 5 consumer. */
  kind?: number;
  startTimeUnixNano?: bigint;
  endTimeUnixNano?: bigint;
  attributes?: KeyValue[];
  droppedAttributesCount?: number;
  events?: SpanEvent[];
  droppedEventsCount?: number;
  links?: SpanLink[];
  droppedLinksCount?: number;
  status?: SpanStatus;
}
export interface SpanEvent {
  timeUnixNano?: bigint;
  name?: string;
  attributes?: KeyValue[];
  droppedAttributesCount?: number;
}
export interface SpanLink {
  traceId?: string;
  spanId?: string;
  traceState?: string;
  attributes?: KeyValue[];
  droppedAttributesCount?: number;
  flags?: number;
}
export interface SpanStatus {
  message?: string;
  /** 0 unset, 1 ok, 2 error. */
  code?: number;
}

export interface LogsRequest {
  resourceLogs?: ResourceLogs[];
}
export interface ResourceLogs {
  resource?: Resource;
  scopeLogs?: ScopeLogs[];
  schemaUrl?: string;
}
export interface ScopeLogs {
  scope?: Scope;
  logRecords?: LogRecord[];
  schemaUrl?: string;
}
export interface LogRecord {
  timeUnixNano?: bigint;
  observedTimeUnixNano?: bigint;
  severityNumber?: number;
  severityText?: string;
  body?: AnyValue;
  attributes?: KeyValue[];
  droppedAttributesCount?: number;
  flags?: number;
  traceId?: string;
  spanId?: string;
  eventName?: string;
}

export interface MetricsRequest {
  resourceMetrics?: ResourceMetrics[];
}
export interface ResourceMetrics {
  resource?: Resource;
  scopeMetrics?: ScopeMetrics[];
  schemaUrl?: string;
}
export interface ScopeMetrics {
  scope?: Scope;
  metrics?: Metric[];
  schemaUrl?: string;
}
export interface Metric {
  name?: string;
  description?: string;
  unit?: string;
  gauge?: Gauge;
  sum?: Sum;
  histogram?: Histogram;
  exponentialHistogram?: ExponentialHistogram;
  summary?: Summary;
  metadata?: KeyValue[];
}
export interface Gauge {
  dataPoints?: NumberDataPoint[];
}
export interface Sum {
  dataPoints?: NumberDataPoint[];
  /** 1 delta, 2 cumulative. */
  aggregationTemporality?: number;
  isMonotonic?: boolean;
}
export interface Histogram {
  dataPoints?: HistogramDataPoint[];
  aggregationTemporality?: number;
}
export interface ExponentialHistogram {
  dataPoints?: ExponentialHistogramDataPoint[];
  aggregationTemporality?: number;
}
export interface Summary {
  dataPoints?: SummaryDataPoint[];
}
interface DataPoint {
  attributes?: KeyValue[];
  startTimeUnixNano?: bigint;
  timeUnixNano?: bigint;
  flags?: number;
}
export interface NumberDataPoint extends DataPoint {
  asDouble?: number;
  asInt?: bigint;
  exemplars?: Exemplar[];
}
export interface HistogramDataPoint extends DataPoint {
  count?: bigint;
  sum?: number;
  bucketCounts?: bigint[];
  explicitBounds?: number[];
  exemplars?: Exemplar[];
  min?: number;
  max?: number;
}
export interface ExponentialHistogramDataPoint extends DataPoint {
  count?: bigint;
  sum?: number;
  scale?: number;
  zeroCount?: bigint;
  positive?: ExponentialBuckets;
  negative?: ExponentialBuckets;
  exemplars?: Exemplar[];
  min?: number;
  max?: number;
  zeroThreshold?: number;
}
export interface ExponentialBuckets {
  offset?: number;
  bucketCounts?: bigint[];
}
export interface SummaryDataPoint extends DataPoint {
  count?: bigint;
  sum?: number;
  quantileValues?: ValueAtQuantile[];
}
export interface ValueAtQuantile {
  quantile?: number;
  value?: number;
}
export interface Exemplar {
  filteredAttributes?: KeyValue[];
  timeUnixNano?: bigint;
  asDouble?: number;
  asInt?: bigint;
  spanId?: string;
  traceId?: string;
}

export interface TracesResponse {
  partialSuccess?: { rejectedSpans?: bigint; errorMessage?: string };
}
export interface LogsResponse {
  partialSuccess?: { rejectedLogRecords?: bigint; errorMessage?: string };
}
export interface MetricsResponse {
  partialSuccess?: { rejectedDataPoints?: bigint; errorMessage?: string };
}
/** `google.rpc.Status`, the body of an answer of 4xx or 5xx. */
export interface RpcStatus {
  code?: number;
  message?: string;
}

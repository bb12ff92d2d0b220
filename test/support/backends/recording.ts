/** Records in the application what its SDK sends, beside the exporters and without their serialisation. */
import type { HrTime } from '@opentelemetry/api';
import type { ReadableLogRecord, SdkLogRecord } from '@opentelemetry/sdk-logs';
import {
  AggregationTemporality,
  DataPointType,
  type MetricData,
  type PushMetricExporter,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics';
import type { ReadableSpan, SpanProcessor } from '@opentelemetry/sdk-trace-base';
import {
  type LogFacts,
  type MetricFacts,
  type PointFacts,
  type Recording,
  type SpanFacts,
  sortedAttributes,
} from './facts.js';

export function emptyRecording(): Recording {
  return { spans: [], logs: [], metrics: [], failures: [] };
}

/** Sees every span that ends, so also one that the batch processor drops. */
export function recordingSpanProcessor(recording: Recording): SpanProcessor {
  return {
    onStart() {},
    onEnd: (span) => {
      if (span.spanContext().traceFlags & 1) recording.spans.push(spanFacts(span));
    },
    forceFlush: async () => {},
    shutdown: async () => {},
  };
}

export function recordingLogProcessor(recording: Recording) {
  return {
    onEmit: (record: SdkLogRecord) => {
      recording.logs.push(logFacts(record));
    },
    forceFlush: async () => {},
    shutdown: async () => {},
  };
}

/** Records what goes through `exporter`, and what it answers. */
export function recordingMetricExporter(
  recording: Recording,
  exporter: PushMetricExporter,
): PushMetricExporter {
  return {
    export: (metrics, done) => {
      recording.metrics.push(metricFacts(metrics));
      exporter.export(metrics, (result) => {
        if (result.code !== 0) recording.failures.push(`metrics: ${result.error?.message ?? 'failed'}`);
        done(result);
      });
    },
    forceFlush: () => exporter.forceFlush(),
    shutdown: () => exporter.shutdown(),
    selectAggregationTemporality: (type) =>
      exporter.selectAggregationTemporality?.(type) ?? AggregationTemporality.CUMULATIVE,
  };
}

function spanFacts(span: ReadableSpan): SpanFacts {
  const { traceId, spanId } = span.spanContext();
  return {
    traceId,
    spanId,
    parentSpanId: span.parentSpanContext?.spanId ?? '',
    name: span.name,
    // OTLP counts from 1, because 0 is "unspecified".
    kind: span.kind + 1,
    start: nanoseconds(span.startTime),
    end: nanoseconds(span.endTime),
    attributes: sortedAttributes(span.attributes),
    status: { code: span.status.code, message: span.status.message ?? '' },
    events: span.events.map((event) => ({
      name: event.name,
      time: nanoseconds(event.time),
      attributes: sortedAttributes(event.attributes ?? {}),
    })),
    scope: span.instrumentationScope.name,
    resource: sortedAttributes(span.resource.attributes),
  };
}

function logFacts(record: ReadableLogRecord): LogFacts {
  return {
    eventName: record.eventName ?? '',
    severityNumber: record.severityNumber ?? 0,
    severityText: record.severityText ?? '',
    body: record.body,
    time: nanoseconds(record.hrTime),
    traceId: record.spanContext?.traceId ?? '',
    spanId: record.spanContext?.spanId ?? '',
    attributes: sortedAttributes(record.attributes),
    scope: record.instrumentationScope.name,
    resource: sortedAttributes(record.resource.attributes),
  };
}

function metricFacts({ resource, scopeMetrics }: ResourceMetrics): MetricFacts[] {
  return scopeMetrics.flatMap(({ scope, metrics }) =>
    metrics.map((metric) => ({
      name: metric.descriptor.name,
      description: metric.descriptor.description,
      unit: metric.descriptor.unit,
      type: typeOf(metric),
      monotonic: metric.dataPointType === DataPointType.SUM && metric.isMonotonic,
      points: pointsOf(metric),
      scope: scope.name,
      resource: sortedAttributes(resource.attributes),
    })),
  );
}

function typeOf(metric: MetricData): MetricFacts['type'] {
  if (metric.dataPointType === DataPointType.SUM) return 'sum';
  return metric.dataPointType === DataPointType.GAUGE ? 'gauge' : 'histogram';
}

function pointsOf(metric: MetricData): PointFacts[] {
  if (metric.dataPointType === DataPointType.EXPONENTIAL_HISTOGRAM) throw new Error('not expected here');
  if (metric.dataPointType !== DataPointType.HISTOGRAM) {
    return metric.dataPoints.map(({ attributes, endTime, value }) => ({
      attributes: sortedAttributes(attributes),
      time: nanoseconds(endTime),
      value,
    }));
  }
  return metric.dataPoints.map(({ attributes, endTime, value }) => ({
    attributes: sortedAttributes(attributes),
    time: nanoseconds(endTime),
    histogram: {
      count: value.count,
      sum: value.sum ?? 0,
      boundaries: value.buckets.boundaries,
      counts: value.buckets.counts,
    },
  }));
}

function nanoseconds([seconds, nanos]: HrTime): string {
  return String(BigInt(seconds) * 1_000_000_000n + BigInt(nanos));
}

/** What OpenTelemetry's own serializers make of one program's telemetry: the reference for our codec. */
import { SpanStatusCode, ValueType } from '@opentelemetry/api';
import {
  JsonLogsSerializer,
  JsonMetricsSerializer,
  JsonTraceSerializer,
  ProtobufLogsSerializer,
  ProtobufMetricsSerializer,
  ProtobufTraceSerializer,
} from '@opentelemetry/otlp-transformer';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { InMemoryLogRecordExporter, LoggerProvider, SimpleLogRecordProcessor } from '@opentelemetry/sdk-logs';
import {
  AggregationTemporality,
  AggregationType,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';

export interface Official {
  protobuf: Uint8Array;
  json: string;
}

const resource = resourceFromAttributes({ 'service.name': 'shop', 'process.pid': 4711, list: ['a', 'ü'] });

export function officialTraces(): Official {
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({
    resource,
    spanProcessors: [new SimpleSpanProcessor(exporter)],
  });
  const tracer = provider.getTracer('tests', '1.2.3');
  const root = tracer.startSpan('GET /orders/:id', {
    kind: 1,
    startTime: [1_700_000_000, 123_456_789],
    attributes: { ratio: 0.25, whole: 3, negative: -7, yes: true, no: false, text: '', many: [1, 2.5, 3] },
  });
  const child = tracer.startSpan('日本語 🚀', {
    links: [{ context: root.spanContext(), attributes: { why: 'batch' } }],
    startTime: [1_700_000_000, 200_000_000],
  });
  child.addEvent('exception', { 'exception.message': 'lost' }, [1_700_000_000, 250_000_000]);
  child.setStatus({ code: SpanStatusCode.ERROR, message: 'lost' });
  child.end([1_700_000_001, 1]);
  root.end([1_700_000_002, 999_999_999]);
  const spans = exporter.getFinishedSpans();
  return both(ProtobufTraceSerializer.serializeRequest(spans), JsonTraceSerializer.serializeRequest(spans));
}

export function officialLogs(): Official {
  const exporter = new InMemoryLogRecordExporter();
  const provider = new LoggerProvider({ resource, processors: [new SimpleLogRecordProcessor({ exporter })] });
  const logger = provider.getLogger('tests', '1.2.3');
  logger.emit({
    eventName: 'exception',
    severityNumber: 21,
    severityText: 'FATAL',
    timestamp: 1_700_000_000_123,
    observedTimestamp: 1_700_000_000_456,
    body: 'It broke.',
    attributes: { nested: { deep: { deeper: [true, null, { n: 1 }] } }, bytes: new Uint8Array([0, 255]) },
  });
  logger.emit({ body: { structured: ['yes', 1, -1.5] }, timestamp: 1, observedTimestamp: 2 });
  const records = exporter.getFinishedLogRecords();
  return both(ProtobufLogsSerializer.serializeRequest(records), JsonLogsSerializer.serializeRequest(records));
}

export async function officialMetrics(): Promise<Official> {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
  const provider = new MeterProvider({
    resource,
    readers: [reader],
    views: [
      { instrumentName: 'expo', aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM } },
      {
        instrumentName: 'lag',
        aggregation: {
          type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM,
          options: { boundaries: [0.001, 0.01, 0.1] },
        },
      },
    ],
  });
  const meter = provider.getMeter('tests', '1.2.3');
  meter.createCounter('count', { valueType: ValueType.INT, unit: '{thing}' }).add(12, { kind: 'a' });
  meter.createUpDownCounter('level', { valueType: ValueType.INT }).add(-5);
  meter.createUpDownCounter('ratio').add(-0.5);
  const lag = meter.createHistogram('lag', { unit: 's', description: 'how late' });
  for (const value of [0.0005, 0.005, 0.05, 0.5]) lag.record(value, { 'thread.id': 1 });
  const expo = meter.createHistogram('expo');
  for (const value of [0, 0.001, 1, 1000]) expo.record(value);
  await reader.forceFlush();
  const metrics = exporter.getMetrics()[0] as ResourceMetrics;
  await provider.shutdown();
  return both(
    ProtobufMetricsSerializer.serializeRequest(metrics),
    JsonMetricsSerializer.serializeRequest(metrics),
  );
}

function both(protobuf: Uint8Array | undefined, json: Uint8Array | undefined): Official {
  return { protobuf: protobuf as Uint8Array, json: Buffer.from(json as Uint8Array).toString() };
}

/** What we use of the SDKs, structurally: they are found in the application, never imported. */
import type { ContextManager, MeterProvider, TextMapPropagator, TracerProvider } from '@opentelemetry/api';
import type { LoggerProvider } from '../telemetry/otel-access.js';

export interface Stoppable {
  forceFlush(): Promise<unknown>;
  shutdown(): Promise<unknown>;
}

export type ExportDone = (result: { code: 0 | 1; error?: Error }) => void;

export interface Exporter {
  export(items: unknown, done: ExportDone): void;
  shutdown(): Promise<void>;
  forceFlush?(): Promise<void>;
  /** Where `export` says at once that a batch was taken: its `export` says when it was delivered, or lost. */
  confirming?: { export(items: unknown, done: ExportDone): void };
}

export interface Resource {
  attributes: Record<string, unknown>;
  merge(other: Resource): Resource;
}

export interface Serializer {
  serializeRequest(items: unknown): Uint8Array | undefined;
}

// biome-ignore lint/suspicious/noExplicitAny: constructors of two SDK generations, which take different arguments
type Class<T> = new (...args: any[]) => T;

/** `@opentelemetry/sdk-trace`, or `sdk-trace-node` / `sdk-trace-base` of SDK 2. */
export interface TraceModule {
  /** SDK 3, and late SDK 2. */
  TracerProvider?: Class<TracerProvider & Stoppable>;
  /** SDK 2. */
  BasicTracerProvider?: Class<TracerProvider & Stoppable>;
  BatchSpanProcessor: Class<object>;
  SimpleSpanProcessor: Class<object>;
  ConsoleSpanExporter: Class<Exporter>;
  AlwaysOnSampler: Class<object>;
  AlwaysOffSampler: Class<object>;
  ParentBasedSampler: Class<object>;
  TraceIdRatioBasedSampler: Class<object>;
}

export interface MetricsModule {
  MeterProvider: Class<MeterProvider & Stoppable>;
  PeriodicExportingMetricReader: Class<object>;
  ConsoleMetricExporter: Class<Exporter>;
  AggregationTemporality: { DELTA: number; CUMULATIVE: number };
  AggregationType: { DEFAULT: number; EXPONENTIAL_HISTOGRAM: number };
}

export interface LogsModule {
  LoggerProvider: Class<LoggerProvider & Stoppable>;
  BatchLogRecordProcessor: Class<object>;
  SimpleLogRecordProcessor: Class<object>;
  ConsoleLogRecordExporter: Class<Exporter>;
}

export interface ResourcesModule {
  defaultResource(): Resource;
  resourceFromAttributes(attributes: Record<string, unknown>): Resource;
  detectResources(config: { detectors: unknown[] }): Resource;
  [detector: string]: unknown;
}

export interface CoreModule {
  W3CTraceContextPropagator: Class<TextMapPropagator>;
  W3CBaggagePropagator: Class<TextMapPropagator>;
  CompositePropagator: Class<TextMapPropagator>;
}

export interface ContextModule {
  AsyncLocalStorageContextManager: Class<ContextManager>;
}

/** One copy of `@opentelemetry/api` (SDK 2 needs `api-logs` beside it; the API that goes with SDK 3 has logs inside). */
export interface ApiModule {
  trace: { setGlobalTracerProvider(provider: TracerProvider): boolean };
  metrics: { setGlobalMeterProvider(provider: MeterProvider): boolean };
  context: { setGlobalContextManager(manager: ContextManager): boolean };
  propagation: { setGlobalPropagator(propagator: TextMapPropagator): boolean };
  logs?: LogsApi;
  diag: {
    setLogger(logger: unknown, options?: unknown): boolean;
  };
  DiagConsoleLogger: Class<object>;
  DiagLogLevel: Record<string, unknown>;
}

export interface LogsApi {
  setGlobalLoggerProvider(provider: LoggerProvider): unknown;
}

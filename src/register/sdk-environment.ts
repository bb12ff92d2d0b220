import type { TextMapPropagator } from '@opentelemetry/api';
import { warnOnce } from '../base/guard.js';
import { process } from '../base/process.js';
import { list, positive, type Signal, text } from '../config/otlp-target.js';
import type { FoundSdk } from './sdk-resolution.js';
import type { TraceModule } from './sdk-types.js';

/** The standard `OTEL_*` variables of the SDK. A bad value is warned of once, and the default taken. */

/** Exporters by name; none for `none`. */
export function exporterNames(signal: Signal, env = process.env): string[] {
  const names = list(env, `OTEL_${signal.toUpperCase()}_EXPORTER`) ?? ['otlp'];
  return names.includes('none') ? [] : [...new Set(names)];
}

/** `undefined` leaves the SDK's own default: parent based, always on. */
export function sampler(sdk: TraceModule, env = process.env): object | undefined {
  const name = text(env, 'OTEL_TRACES_SAMPLER');
  if (name === undefined) return undefined;
  const ratio = () => new sdk.TraceIdRatioBasedSampler(samplerRatio(env));
  const roots: Record<string, () => object> = {
    always_on: () => new sdk.AlwaysOnSampler(),
    always_off: () => new sdk.AlwaysOffSampler(),
    traceidratio: ratio,
  };
  const root = roots[name.replace(/^parentbased_/, '')];
  if (root === undefined) {
    warnOnce('sampler', `OTEL_TRACES_SAMPLER=${JSON.stringify(name)} is unknown and ignored.`);
    return undefined;
  }
  return name.startsWith('parentbased_') ? new sdk.ParentBasedSampler({ root: root() }) : root();
}

function samplerRatio(env: NodeJS.ProcessEnv): number {
  const value = text(env, 'OTEL_TRACES_SAMPLER_ARG');
  const ratio = Number(value);
  if (value !== undefined && ratio >= 0 && ratio <= 1) return ratio;
  warnOnce('sampler argument', 'OTEL_TRACES_SAMPLER_ARG must be a number from 0 to 1; 1 is used.');
  return 1;
}

export function spanLimits(env = process.env): Record<string, number> {
  return defined({
    attributeCountLimit: number(env, 'OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT', 'OTEL_ATTRIBUTE_COUNT_LIMIT'),
    attributeValueLengthLimit: number(
      env,
      'OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT',
      'OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT',
    ),
    eventCountLimit: number(env, 'OTEL_SPAN_EVENT_COUNT_LIMIT'),
    linkCountLimit: number(env, 'OTEL_SPAN_LINK_COUNT_LIMIT'),
    attributePerEventCountLimit: number(env, 'OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT'),
    attributePerLinkCountLimit: number(env, 'OTEL_LINK_ATTRIBUTE_COUNT_LIMIT'),
  });
}

export function logRecordLimits(env = process.env): Record<string, number> {
  return defined({
    attributeCountLimit: number(env, 'OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT', 'OTEL_ATTRIBUTE_COUNT_LIMIT'),
    attributeValueLengthLimit: number(
      env,
      'OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT',
      'OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT',
    ),
  });
}

/** Options of a batch processor, `BSP` for spans and `BLRP` for log records; what is not set is left out. */
export function batchOptions(prefix: 'BSP' | 'BLRP', env = process.env): Record<string, number> {
  return defined({
    maxQueueSize: number(env, `OTEL_${prefix}_MAX_QUEUE_SIZE`),
    scheduledDelayMillis: number(env, `OTEL_${prefix}_SCHEDULE_DELAY`),
    exportTimeoutMillis: number(env, `OTEL_${prefix}_EXPORT_TIMEOUT`),
    maxExportBatchSize: number(env, `OTEL_${prefix}_MAX_EXPORT_BATCH_SIZE`),
  });
}

/** Milliseconds. The reader refuses a timeout longer than its interval. */
export function metricReaderOptions(env = process.env): Record<string, number> {
  const exportIntervalMillis = number(env, 'OTEL_METRIC_EXPORT_INTERVAL') ?? 60_000;
  const exportTimeoutMillis = Math.min(
    number(env, 'OTEL_METRIC_EXPORT_TIMEOUT') ?? 30_000,
    exportIntervalMillis,
  );
  return { exportIntervalMillis, exportTimeoutMillis };
}

/** `undefined` for `OTEL_PROPAGATORS=none`. */
export function propagator(sdk: FoundSdk, env = process.env): TextMapPropagator | undefined {
  const core = sdk.core;
  if (core === undefined) return undefined;
  const names = list(env, 'OTEL_PROPAGATORS') ?? ['tracecontext', 'baggage'];
  if (names.includes('none')) return undefined;
  const propagators = [...new Set(names)].flatMap((name) => {
    if (name === 'tracecontext') return [new core.W3CTraceContextPropagator()];
    if (name === 'baggage') return [new core.W3CBaggagePropagator()];
    const other = otherPropagator(sdk, name);
    if (other === undefined)
      warnOnce(`propagator ${name}`, `OTEL_PROPAGATORS: ${name} is unknown or not installed.`);
    return other ?? [];
  });
  return propagators.length > 0 ? new core.CompositePropagator({ propagators }) : undefined;
}

type Constructor = new (options?: object) => TextMapPropagator;

function otherPropagator(sdk: FoundSdk, name: string): TextMapPropagator | undefined {
  if (name === 'b3' || name === 'b3multi') {
    const b3 = sdk.search.load<{ B3Propagator: Constructor; B3InjectEncoding: { MULTI_HEADER: number } }>(
      '@opentelemetry/propagator-b3',
    );
    if (b3 === undefined) return undefined;
    return new b3.B3Propagator(
      name === 'b3multi' ? { injectEncoding: b3.B3InjectEncoding.MULTI_HEADER } : {},
    );
  }
  if (name !== 'jaeger') return undefined;
  const jaeger = sdk.search.load<{ JaegerPropagator: Constructor }>('@opentelemetry/propagator-jaeger');
  return jaeger && new jaeger.JaegerPropagator();
}

function number(env: NodeJS.ProcessEnv, ...names: string[]): number | undefined {
  for (const name of names) {
    const value = text(env, name);
    if (value === undefined) continue;
    const parsed = positive(value);
    if (parsed !== undefined) return parsed;
    warnOnce(name, `${name}=${JSON.stringify(value)} is ignored: it must be a number above 0.`);
  }
  return undefined;
}

function defined(options: Record<string, number | undefined>): Record<string, number> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Record<
    string,
    number
  >;
}

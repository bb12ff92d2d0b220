import { randomUUID } from 'node:crypto';
import type { ContextManager, MeterProvider, TextMapPropagator, TracerProvider } from '@opentelemetry/api';
import { process } from '../base/process.js';
import { list, SIGNALS, type Signal, text } from '../config/otlp-target.js';
import { ATTR } from '../semconv.js';
import type { LoggerProvider } from '../telemetry/otel-access.js';
import { ExporterFactory } from './exporters.js';
import type { Health, OtlpSender } from './otlp-sender.js';
import {
  batchOptions,
  exporterNames,
  logRecordLimits,
  metricReaderOptions,
  propagator,
  sampler,
  spanLimits,
} from './sdk-environment.js';
import { type FoundSdk, findSdk } from './sdk-resolution.js';
import type { Exporter, Resource, Stoppable } from './sdk-types.js';

/** An SDK of the application's, built by us from the `OTEL_*` variables and not registered yet. */
export interface BuiltSdk {
  found: FoundSdk;
  trace?: TracerProvider & Stoppable;
  metrics?: MeterProvider & Stoppable;
  logs?: LoggerProvider & Stoppable;
  context?: ContextManager;
  propagator?: TextMapPropagator;
  senders: readonly OtlpSender[];
  /** Spans ended and records emitted so far. */
  activity: { count: number };
  /** What could not be built, each a sentence for the user. */
  problems: string[];
}

/** Builds what the environment wants of `signals`; `undefined` where it wants none or no SDK is installed. */
export function buildSdk(
  health: Health,
  signals: readonly Signal[] = SIGNALS,
): BuiltSdk | string | undefined {
  const wanted = signals.filter((signal) => exporterNames(signal).length > 0);
  if (wanted.length === 0) return undefined;
  const found = findSdk(wanted);
  if (found === undefined || found.resources?.resourceFromAttributes === undefined) {
    return 'no OpenTelemetry SDK is installed here, nothing is exported: npm install @opentelemetry/sdk-node';
  }
  return new SdkBuilder(found, health).build(wanted);
}

const NO_CONFIG_FILE =
  'OTEL_CONFIG_FILE is not read by register: start the SDK before it, with an --import of your own, or use OTEL_* variables';

class SdkBuilder {
  readonly #exporters: ExporterFactory;
  readonly #activity = { count: 0 };
  readonly #missing = new Map<string, string>();
  readonly #resource: Resource;

  constructor(
    private readonly found: FoundSdk,
    health: Health,
  ) {
    this.#exporters = new ExporterFactory(found, health);
    this.#resource = resourceOf(found);
  }

  build(wanted: readonly Signal[]): BuiltSdk {
    const { found } = this;
    const trace = wanted.includes('traces') ? this.#trace() : undefined;
    const metrics = wanted.includes('metrics') ? this.#metrics() : undefined;
    const logs = wanted.includes('logs') ? this.#logs() : undefined;
    return {
      found,
      trace,
      metrics,
      logs,
      context: this.#context(),
      propagator: propagator(found),
      senders: this.#exporters.senders,
      activity: this.#activity,
      problems: this.#problems(),
    };
  }

  #trace(): (TracerProvider & Stoppable) | undefined {
    const sdk = this.found.trace;
    const Provider = sdk?.TracerProvider ?? sdk?.BasicTracerProvider;
    if (sdk === undefined || Provider === undefined) return this.#lacks('traces', 'sdk-trace-base');
    const processors = this.#exporters
      .create('traces', sdk.ConsoleSpanExporter)
      .map(({ exporter, simple }) => {
        const options = simple ? {} : batchOptions('BSP');
        const Processor = simple ? sdk.SimpleSpanProcessor : sdk.BatchSpanProcessor;
        return new Processor(eitherWay(exporter, options), options);
      });
    if (processors.length === 0) return undefined;
    return new Provider({
      resource: this.#resource,
      sampler: sampler(sdk),
      spanLimits: spanLimits(),
      spanProcessors: [...processors, this.#counter()],
    });
  }

  #metrics(): (MeterProvider & Stoppable) | undefined {
    const sdk = this.found.metrics;
    if (sdk === undefined) return this.#lacks('metrics', 'sdk-metrics');
    const readers: object[] = this.#exporters
      .create('metrics', sdk.ConsoleMetricExporter)
      .map(({ exporter }) => new sdk.PeriodicExportingMetricReader({ exporter, ...metricReaderOptions() }));
    const prometheus = this.#exporters.prometheusReader();
    if (prometheus) readers.push(prometheus);
    return readers.length > 0 ? new sdk.MeterProvider({ resource: this.#resource, readers }) : undefined;
  }

  #logs(): (LoggerProvider & Stoppable) | undefined {
    const sdk = this.found.logs;
    if (sdk === undefined) return this.#lacks('logs', 'sdk-logs');
    const processors = this.#exporters
      .create('logs', sdk.ConsoleLogRecordExporter)
      .map(({ exporter, simple }) => {
        const options = simple ? {} : batchOptions('BLRP');
        const Processor = simple ? sdk.SimpleLogRecordProcessor : sdk.BatchLogRecordProcessor;
        return new Processor(eitherWay(exporter, options), options);
      });
    if (processors.length === 0) return undefined;
    return new sdk.LoggerProvider({
      resource: this.#resource,
      logRecordLimits: logRecordLimits(),
      processors: [...processors, this.#counter()],
    });
  }

  #context(): ContextManager | undefined {
    const Manager = this.found.context?.AsyncLocalStorageContextManager;
    if (Manager === undefined) return this.#lacks('the context of spans', 'context-async-hooks');
    return new Manager().enable();
  }

  /** A processor that tells the exit whether there is anything new. */
  #counter(): object {
    const count = () => {
      this.#activity.count++;
    };
    const done = () => Promise.resolve();
    return {
      exportsNothing: true,
      onStart() {},
      onEnd: count,
      onEmit: count,
      forceFlush: done,
      shutdown: done,
    };
  }

  #lacks(what: string, packageName: string): undefined {
    this.#missing.set(what, `@opentelemetry/${packageName}`);
    return undefined;
  }

  #problems(): string[] {
    const packages = [...new Set([...this.#missing.values(), ...this.#exporters.missing])];
    const problems = this.#exporters.unknown.map((name) => `${name} is unknown and ignored`);
    if (text(process.env, 'OTEL_CONFIG_FILE') !== undefined) problems.push(NO_CONFIG_FILE);
    if (packages.length > 0) {
      const versioned = packages.map((name) => withGeneration(name, this.found));
      const what = [...this.#missing.keys()].join(', ') || 'some telemetry';
      problems.push(`not exported because a package is missing: ${what}. npm install ${versioned.join(' ')}`);
    }
    return problems;
  }
}

/** SDK 2 takes `(exporter, options)` or `({ exporter, ...options })`, by minor version; SDK 3 the latter. */
function eitherWay(exporter: Exporter, options: object): object {
  return {
    ...options,
    exporter,
    export: exporter.export.bind(exporter),
    shutdown: exporter.shutdown.bind(exporter),
    forceFlush: () => exporter.forceFlush?.() ?? Promise.resolve(),
    confirming: exporter.confirming,
  };
}

function resourceOf(found: FoundSdk): Resource {
  const sdk = found.resources as NonNullable<FoundSdk['resources']>;
  const names = list(process.env, 'OTEL_NODE_RESOURCE_DETECTORS') ?? ['env', 'process', 'host'];
  const all = ['env', 'host', 'os', 'process', 'serviceinstance'];
  const chosen = names.includes('none') ? [] : names.includes('all') ? all : names;
  const detectors = chosen
    .flatMap((name) => (name === 'service' ? ['env', 'serviceinstance'] : [name]))
    .map((name) => sdk[name === 'serviceinstance' ? 'serviceInstanceIdDetector' : `${name}Detector`])
    .filter((detector) => detector !== undefined);
  // what is detected beats our id, so that one from the environment stays
  return sdk
    .defaultResource()
    .merge(sdk.resourceFromAttributes({ [ATTR.SERVICE_INSTANCE_ID]: randomUUID() }))
    .merge(sdk.detectResources({ detectors }));
}

/** The newest version of a package may be of the other generation, and the two cannot be mixed. */
function withGeneration(name: string, found: FoundSdk): string {
  if (found.api.logs !== undefined) return name;
  return /exporter-(trace|metrics|logs)/.test(name) ? `${name}@0.223` : `${name}@2`;
}

/** Standard: without it the SDK's own messages go nowhere. */
export function setDiagLogger(found: FoundSdk): void {
  const level = text(process.env, 'OTEL_LOG_LEVEL')?.toUpperCase();
  if (level === undefined || level === 'NONE' || !(level in found.api.DiagLogLevel)) return;
  found.api.diag.setLogger(new found.api.DiagConsoleLogger(), { logLevel: found.api.DiagLogLevel[level] });
}

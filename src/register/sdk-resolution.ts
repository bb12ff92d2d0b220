import type { Signal } from '../config/otlp-target.js';
import { PackageSearch, type Root, roots } from './package-search.js';
import type {
  ApiModule,
  ContextModule,
  CoreModule,
  LogsApi,
  LogsModule,
  MetricsModule,
  ResourcesModule,
  Serializer,
  TraceModule,
} from './sdk-types.js';

/** The parts of an SDK found in the application. What is not installed is `undefined`. */
export interface FoundSdk {
  search: PackageSearch;
  api: ApiModule;
  /** Every place where a logger provider is registered: `api-logs` (SDK 2), the API itself (SDK 3), or both. */
  logsApis: LogsApi[];
  trace?: TraceModule;
  metrics?: MetricsModule;
  logs?: LogsModule;
  resources?: ResourcesModule;
  core?: CoreModule;
  context?: ContextModule;
  serializers?: Record<string, Serializer | undefined>;
}

const TRACE_PACKAGES = [
  '@opentelemetry/sdk-trace',
  '@opentelemetry/sdk-trace-node',
  '@opentelemetry/sdk-trace-base',
];
const SDK_PACKAGES = [...TRACE_PACKAGES, '@opentelemetry/sdk-metrics', '@opentelemetry/sdk-logs'];

/**
 * The SDK of the first root that leads to one. Pieces are loaded rather than `sdk-node`, which loads every exporter
 * there is (three times the modules); where `sdk-node` is what is installed, the pieces are its dependencies.
 */
export function findSdk(wanted: readonly Signal[], from: Root[] = roots()): FoundSdk | undefined {
  for (const root of from) {
    const search = new PackageSearch(root);
    const anchor = SDK_PACKAGES.find((name) => search.resolve(name) !== undefined);
    if (anchor !== undefined) return load(search, wanted);
  }
  return undefined;
}

function load(search: PackageSearch, wanted: readonly Signal[]): FoundSdk | undefined {
  const api = search.load<ApiModule>('@opentelemetry/api');
  if (api === undefined) return undefined;
  const apiLogs = search.load<{ logs: LogsApi }>('@opentelemetry/api-logs');
  return {
    search,
    api,
    logsApis: [...new Set([apiLogs?.logs, api.logs])].filter((logs) => logs !== undefined),
    trace: wanted.includes('traces')
      ? TRACE_PACKAGES.map((name) => search.load<TraceModule>(name)).find(isTraceSdk)
      : undefined,
    metrics: wanted.includes('metrics')
      ? search.load<MetricsModule>('@opentelemetry/sdk-metrics')
      : undefined,
    logs: wanted.includes('logs') ? search.load<LogsModule>('@opentelemetry/sdk-logs') : undefined,
    resources: search.load<ResourcesModule>('@opentelemetry/resources'),
    core: search.load<CoreModule>('@opentelemetry/core'),
    context: search.load<ContextModule>('@opentelemetry/context-async-hooks'),
    serializers: search.load<Record<string, Serializer>>('@opentelemetry/otlp-transformer'),
  };
}

function isTraceSdk(module: TraceModule | undefined): module is TraceModule {
  return (
    typeof (module?.TracerProvider ?? module?.BasicTracerProvider) === 'function' &&
    typeof module?.BatchSpanProcessor === 'function'
  );
}

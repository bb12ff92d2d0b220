import { process } from '../base/process.js';
import { keyValues, list, otlpTarget, SIGNALS, type Signal, signalUrl } from './otlp-target.js';

/** Where and how OTLP/HTTP is sent; plain data, so that it can be handed to another thread. */
export interface Destination {
  url: string;
  headers: Record<string, string>;
  encoding: 'json' | 'protobuf';
  gzip: boolean;
  timeoutMs: number;
  /** PEM texts. */
  ca?: string;
  cert?: string;
  key?: string;
}

export interface Destinations {
  traces?: Destination;
  metrics?: Destination;
  logs?: Destination;
  /** Sentences for the user: what is not sent, and why. */
  problems: string[];
  /** Nothing in the environment says where to: this is the standard's default, `http://localhost:4318`. */
  isDefault: boolean;
}

/** Option `crashExporter`. `url` is the base, to which `/v1/traces` and the like are appended. */
export interface CrashExporter {
  url?: string;
  headers?: Record<string, string>;
  protocol?: string;
}

/** Reads the standard `OTEL_EXPORTER_OTLP_*` variables. Never throws; what is wrong stands in `problems`. */
export function resolveDestinations(
  crashExporter?: CrashExporter,
  env: NodeJS.ProcessEnv = process.env,
): Destinations {
  const explicit = Object.keys(env).some(
    (name) => /^OTEL_EXPORTER_OTLP_(.+_)?ENDPOINT$/.test(name) && env[name],
  );
  const all: Destinations = { problems: [], isDefault: crashExporter?.url === undefined && !explicit };
  if (/^true$/i.test(env.OTEL_SDK_DISABLED?.trim() ?? '')) return all;
  for (const signal of SIGNALS) {
    try {
      const destination = resolveOne(signal, crashExporter, env, all.problems);
      if (destination) all[signal] = destination;
    } catch (error) {
      all.problems.push(`${signal} are not sent by the sidecar: ${(error as Error).message}`);
    }
  }
  all.problems = [...new Set(all.problems)];
  return all;
}

function resolveOne(
  signal: Signal,
  crashExporter: CrashExporter | undefined,
  env: NodeJS.ProcessEnv,
  problems: string[],
): Destination | undefined {
  const exporters = list(env, `OTEL_${signal.toUpperCase()}_EXPORTER`);
  if (crashExporter?.url === undefined && exporters && !exporters.includes('otlp')) return undefined;
  const target = otlpTarget(signal, { ...env, ...asVariables(signal, crashExporter) });
  if (target.protocol === 'grpc') {
    problems.push('the sidecar speaks OTLP over HTTP, not gRPC: set `crashExporter` to an HTTP endpoint');
    return undefined;
  }
  return {
    url: target.url,
    headers: { ...target.headers, ...crashExporter?.headers },
    encoding: target.protocol === 'http/json' ? 'json' : 'protobuf',
    gzip: target.gzip,
    timeoutMs: target.timeoutMs,
    ...target.tls,
  };
}

/** The option says the same as the variables of one signal, which beat the general ones. */
function asVariables(signal: Signal, { url, protocol }: CrashExporter = {}): NodeJS.ProcessEnv {
  const prefix = `OTEL_EXPORTER_OTLP_${signal.toUpperCase()}`;
  return {
    ...(url === undefined ? {} : { [`${prefix}_ENDPOINT`]: signalUrl(url, signal) }),
    ...(protocol === undefined ? {} : { [`${prefix}_PROTOCOL`]: protocol }),
  };
}

/** `OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES`. */
export function resourceFromEnvironment(env: NodeJS.ProcessEnv = process.env): Record<string, string> {
  const attributes = keyValues(env.OTEL_RESOURCE_ATTRIBUTES);
  const name = env.OTEL_SERVICE_NAME?.trim() || attributes['service.name'] || 'unknown_service:node';
  return { ...attributes, 'service.name': name };
}

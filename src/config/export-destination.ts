import { readFileSync } from 'node:fs';

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

export type Signal = 'traces' | 'metrics' | 'logs';
export const SIGNALS: readonly Signal[] = ['traces', 'metrics', 'logs'];

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

const DEFAULT_BASE = 'http://localhost:4318';
const DEFAULT_TIMEOUT_MS = 10_000;

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
  const of = (name: string): string | undefined => {
    const own = env[`OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_${name}`]?.trim();
    return own || env[`OTEL_EXPORTER_OTLP_${name}`]?.trim() || undefined;
  };
  const exporters = env[`OTEL_${signal.toUpperCase()}_EXPORTER`]?.split(',').map((name) => name.trim());
  if (crashExporter?.url === undefined && exporters?.some(Boolean) && !exporters.includes('otlp'))
    return undefined;
  const protocol = crashExporter?.protocol ?? of('PROTOCOL') ?? 'http/protobuf';
  if (protocol === 'grpc') {
    problems.push('the sidecar speaks OTLP over HTTP, not gRPC: set `crashExporter` to an HTTP endpoint');
    return undefined;
  }
  if (protocol !== 'http/protobuf' && protocol !== 'http/json') {
    problems.push(`the sidecar does not know the protocol ${JSON.stringify(protocol)}`);
    return undefined;
  }
  const own = env[`OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_ENDPOINT`]?.trim();
  const base = crashExporter?.url ?? env.OTEL_EXPORTER_OTLP_ENDPOINT?.trim() ?? '';
  const url = new URL(crashExporter?.url === undefined && own ? own : withPath(base || DEFAULT_BASE, signal));
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw new Error(`${url.protocol} is not HTTP`);
  return {
    url: url.href,
    headers: { ...headersOf(of('HEADERS')), ...crashExporter?.headers },
    encoding: protocol === 'http/json' ? 'json' : 'protobuf',
    gzip: of('COMPRESSION') === 'gzip',
    timeoutMs: positive(of('TIMEOUT')) ?? DEFAULT_TIMEOUT_MS,
    ...files({ ca: of('CERTIFICATE'), cert: of('CLIENT_CERTIFICATE'), key: of('CLIENT_KEY') }, problems),
  };
}

function withPath(base: string, signal: Signal): string {
  const url = new URL(base);
  url.pathname = `${url.pathname.replace(/\/$/, '')}/v1/${signal}`;
  return url.href;
}

/** `name=value,name=value`, both URL-encoded. */
function headersOf(text: string | undefined): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const pair of text?.split(',') ?? []) {
    const at = pair.indexOf('=');
    if (at > 0) headers[decode(pair.slice(0, at))] = decode(pair.slice(at + 1));
  }
  return headers;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.trim());
  } catch {
    return text.trim();
  }
}

function positive(text: string | undefined): number | undefined {
  const value = Number(text);
  return text !== undefined && value > 0 ? value : undefined;
}

function files<K extends string>(
  paths: Record<K, string | undefined>,
  problems: string[],
): { [P in K]?: string } {
  const texts: { [P in K]?: string } = {};
  for (const [name, path] of Object.entries(paths) as [K, string | undefined][]) {
    if (path === undefined) continue;
    try {
      texts[name] = readFileSync(path, 'utf8');
    } catch (error) {
      problems.push(`a certificate file could not be read: ${(error as Error).message}`);
    }
  }
  return texts;
}

/** `OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES`. */
export function resourceFromEnvironment(env: NodeJS.ProcessEnv = process.env): Record<string, string> {
  const attributes = headersOf(env.OTEL_RESOURCE_ATTRIBUTES);
  const name = env.OTEL_SERVICE_NAME?.trim() || attributes['service.name'] || 'unknown_service:node';
  return { ...attributes, 'service.name': name };
}

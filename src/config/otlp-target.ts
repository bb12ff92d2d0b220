import { readFileSync } from 'node:fs';
import { process } from '../base/process.js';
import { remark } from '../base/remarks.js';

/** Where a signal goes over OTLP, as the standard `OTEL_EXPORTER_OTLP_*` variables say. */
export interface OtlpTarget {
  protocol: OtlpProtocol;
  url: string;
  headers: Record<string, string>;
  /** Milliseconds for one export, retries included. */
  timeoutMs: number;
  gzip: boolean;
  /** PEM, where a file was named. */
  tls: { ca?: string; cert?: string; key?: string };
}

export type Signal = 'traces' | 'metrics' | 'logs';
export const SIGNALS: readonly Signal[] = ['traces', 'metrics', 'logs'];

const PROTOCOLS = ['http/protobuf', 'http/json', 'grpc'] as const;
export type OtlpProtocol = (typeof PROTOCOLS)[number];

const DEFAULT_BASE = 'http://localhost:4318';
const DEFAULT_TIMEOUT_MS = 10_000;

/** Never throws: what cannot be used is warned of once, and the default taken. */
export function otlpTarget(signal: Signal, env: NodeJS.ProcessEnv = process.env): OtlpTarget {
  const read = (what: string) =>
    text(env, `OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_${what}`) ??
    text(env, `OTEL_EXPORTER_OTLP_${what}`);
  return {
    protocol: protocolOf(read('PROTOCOL')),
    url: urlOf(signal, env),
    headers: {
      ...headers(env.OTEL_EXPORTER_OTLP_HEADERS),
      ...headers(env[`OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_HEADERS`]),
    },
    timeoutMs: positive(read('TIMEOUT')) ?? DEFAULT_TIMEOUT_MS,
    gzip: read('COMPRESSION') === 'gzip',
    tls: {
      ca: file(read('CERTIFICATE')),
      cert: file(read('CLIENT_CERTIFICATE')),
      key: file(read('CLIENT_KEY')),
    },
  };
}

/** A standard variable; empty means unset. */
export function text(env: NodeJS.ProcessEnv, name: string): string | undefined {
  return env[name]?.trim() || undefined;
}

/** A standard variable that holds a list; `undefined` where unset. */
export function list(env: NodeJS.ProcessEnv, name: string): string[] | undefined {
  const items = text(env, name)
    ?.split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
  return items && items.length > 0 ? items : undefined;
}

export function positive(value: string | undefined): number | undefined {
  const number = value === undefined ? Number.NaN : Number(value);
  return Number.isFinite(number) && number > 0 ? number : undefined;
}

function protocolOf(value: string | undefined): OtlpProtocol {
  const known = PROTOCOLS.find((protocol) => protocol === value);
  if (known === undefined && value !== undefined) {
    remark(`protocol ${value}`, `OTLP protocol ${JSON.stringify(value)} is unknown; http/protobuf is used.`);
  }
  return known ?? 'http/protobuf';
}

function urlOf(signal: Signal, env: NodeJS.ProcessEnv): string {
  const own = text(env, `OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_ENDPOINT`);
  if (own !== undefined && usable(own)) return new URL(own).href;
  const base = text(env, 'OTEL_EXPORTER_OTLP_ENDPOINT');
  return signalUrl(base !== undefined && usable(base) ? base : DEFAULT_BASE, signal);
}

/** Where OTLP over HTTP takes a signal, below the base. */
export function signalPath(signal: Signal): string {
  return `/v1/${signal}`;
}

/** @throws TypeError where `base` is no URL. */
export function signalUrl(base: string, signal: Signal): string {
  const url = new URL(base);
  url.pathname = `${url.pathname.replace(/\/$/, '')}${signalPath(signal)}`;
  return url.href;
}

function usable(url: string): boolean {
  if (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)) return true;
  remark(`url ${url}`, `the OTLP endpoint ${JSON.stringify(url)} is no http(s) URL and is ignored.`);
  return false;
}

function headers(value: string | undefined): Record<string, string> {
  // what HTTP forbids in a header would throw at every export
  const allowed = ([name, content]: [string, string]) =>
    /^[\w!#$%&'*+.^`|~-]+$/.test(name) && /^[\t\x20-\x7e\x80-\xff]*$/.test(content);
  return Object.fromEntries(Object.entries(keyValues(value)).filter(allowed));
}

/** `key=value,key=value`, both URL-encoded. */
export function keyValues(value: string | undefined): Record<string, string> {
  const pairs: Record<string, string> = {};
  for (const item of value?.split(',') ?? []) {
    const at = item.indexOf('=');
    if (at > 0) pairs[decoded(item.slice(0, at).trim())] = decoded(item.slice(at + 1).trim());
  }
  return pairs;
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

function file(path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  try {
    return readFileSync(path, 'utf8');
  } catch {
    remark(`file ${path}`, `the certificate file ${path} cannot be read.`);
    return undefined;
  }
}

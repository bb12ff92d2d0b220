import { readFileSync } from 'node:fs';
import { warnOnce } from '../base/guard.js';

/** Where a signal goes over OTLP, as the standard `OTEL_EXPORTER_OTLP_*` variables say. */
export interface OtlpTarget {
  protocol: OtlpProtocol;
  url: string;
  headers: Record<string, string>;
  /** Milliseconds for one export, retries included. */
  timeoutMs: number;
  gzip: boolean;
  /** PEM, where a file was named. */
  tls: { ca?: Buffer; cert?: Buffer; key?: Buffer };
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
      ...keyValues(env.OTEL_EXPORTER_OTLP_HEADERS),
      ...keyValues(env[`OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_HEADERS`]),
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
    warnOnce(
      `protocol ${value}`,
      `OTLP protocol ${JSON.stringify(value)} is unknown; http/protobuf is used.`,
    );
  }
  return known ?? 'http/protobuf';
}

function urlOf(signal: Signal, env: NodeJS.ProcessEnv): string {
  const path = `v1/${signal}`;
  const own = text(env, `OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_ENDPOINT`);
  if (own !== undefined && usable(own)) return new URL(own).href;
  const base = text(env, 'OTEL_EXPORTER_OTLP_ENDPOINT');
  if (base !== undefined && usable(base)) return `${base}${base.endsWith('/') ? '' : '/'}${path}`;
  return `${DEFAULT_BASE}/${path}`;
}

function usable(url: string): boolean {
  if (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)) return true;
  warnOnce(`url ${url}`, `the OTLP endpoint ${JSON.stringify(url)} is no http(s) URL and is ignored.`);
  return false;
}

function keyValues(value: string | undefined): Record<string, string> {
  const pairs: Record<string, string> = {};
  for (const item of value?.split(',') ?? []) {
    const at = item.indexOf('=');
    const key = decoded(item.slice(0, at).trim());
    const content = decoded(item.slice(at + 1).trim());
    // what HTTP forbids in a header would throw at every export
    if (at > 0 && /^[\w!#$%&'*+.^`|~-]+$/.test(key) && /^[\t\x20-\x7e\x80-\xff]*$/.test(content)) {
      pairs[key] = content;
    }
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

function file(path: string | undefined): Buffer | undefined {
  if (path === undefined) return undefined;
  try {
    return readFileSync(path);
  } catch {
    warnOnce(`file ${path}`, `the certificate file ${path} cannot be read.`);
    return undefined;
  }
}

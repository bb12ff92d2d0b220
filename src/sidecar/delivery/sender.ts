import type http from 'node:http';
import type { LookupFunction } from 'node:net';
import { process } from '../../base/process.js';
import type { Destination } from '../../config/export-destination.js';

export interface SendResult {
  delivered: boolean;
  /** Worth trying again. */
  retryable: boolean;
  /** In milliseconds, where the answer named it. */
  retryAfterMs?: number;
  /** What went wrong, in few words. */
  reason?: string;
}

/** Loaded only where needed; and an `import` of `node:http` would load `WebSocket` with it, for as long as the rest takes. */
const builtin = process.getBuiltinModule;

const ANSWER_LIMIT_BYTES = 64 * 1024;
const RETRYABLE = new Set([408, 429, 502, 503, 504]);

/**
 * One request of OTLP over HTTP. Never rejects; follows no redirect; reads no more of the answer than it needs. `fetch`
 * would do, for 15 MiB more.
 */
export function send(
  destination: Destination,
  body: Uint8Array,
  timeoutMs: number,
  lookup?: LookupFunction,
): Promise<SendResult> {
  return new Promise((resolve) => {
    let settled = false;
    const settle = (result: SendResult) => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      resolve(result);
      request?.destroy();
    };
    const timer = setTimeout(
      () => settle({ delivered: false, retryable: true, reason: `no answer within ${timeoutMs} ms` }),
      timeoutMs,
    );
    let request: http.ClientRequest | undefined;
    try {
      request = open(destination, body, lookup, settle);
    } catch (error) {
      settle({ delivered: false, retryable: false, reason: (error as Error).message });
    }
  });
}

function open(
  destination: Destination,
  body: Uint8Array,
  lookup: LookupFunction | undefined,
  settle: (result: SendResult) => void,
): http.ClientRequest {
  const payload = destination.gzip ? builtin('node:zlib').gzipSync(body) : body;
  const url = new URL(destination.url);
  const { request: start } = builtin(url.protocol === 'https:' ? 'node:https' : 'node:http');
  const request = start(url, {
    method: 'POST',
    agent: false,
    lookup,
    headers: {
      'user-agent': 'opentelemetry-instrumentation-async',
      ...destination.headers,
      'content-type': destination.encoding === 'json' ? 'application/json' : 'application/x-protobuf',
      'content-length': payload.length,
      ...(destination.gzip ? { 'content-encoding': 'gzip' } : {}),
    },
    ...(url.protocol === 'https:'
      ? { ca: destination.ca, cert: destination.cert, key: destination.key }
      : {}),
  });
  request.on('response', (response) => {
    const status = response.statusCode ?? 0;
    // the status decides; a body without end must not
    if (status >= 200 && status < 300) settle({ delivered: true, retryable: false });
    else settle(refusal(status, response.headers['retry-after']));
    let size = 0;
    response.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > ANSWER_LIMIT_BYTES) response.destroy();
    });
    response.on('error', () => {});
  });
  request.on('error', (error) =>
    settle({ delivered: false, retryable: true, reason: error.message || String(error) }),
  );
  request.end(payload);
  return request;
}

function refusal(status: number, retryAfter: string | undefined): SendResult {
  const seconds = Number(retryAfter);
  return {
    delivered: false,
    retryable: RETRYABLE.has(status),
    retryAfterMs: retryAfter !== undefined && seconds >= 0 ? seconds * 1_000 : undefined,
    reason: `the collector answered ${status}`,
  };
}

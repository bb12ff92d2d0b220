import { lookup } from 'node:dns';
import type { Agent, IncomingMessage, RequestOptions } from 'node:http';
import { createRequire } from 'node:module';
import type { LookupFunction } from 'node:net';
import { util } from '../base/builtins.js';
import { monotonic, wall } from '../base/clock.js';
import { asSelf } from '../base/self.js';
import { timers } from '../base/timers.js';
import type { OtlpTarget } from '../config/otlp-target.js';
import { unreferenced } from './unreferenced-agent.js';

/**
 * Sends OTLP bodies over HTTP. The SDK's exporters hold the process alive at its end: their retry timers and the
 * processors' timeouts are referenced, up to 30 s with an endpoint that never answers. Here nothing is: sockets and
 * timers are unreferenced, the processor is told at once that the batch was taken, and who wants to wait for
 * delivery calls `drain`.
 */

/** Whether the last export arrived; `undefined` before the first answer. */
export interface Health {
  delivered: boolean | undefined;
  /** `where` is a URL, or the name of an exporter. */
  failed(where: string, error: Error): void;
}

/** A batch that has been taken and not been delivered yet. */
export interface PendingBatch {
  target: OtlpTarget;
  contentType: string;
  body: Uint8Array;
}

const MAX_PENDING_BYTES = 16 * 1024 * 1024;
const MAX_IN_FLIGHT = 8;
const FIRST_BACKOFF_MS = 1_000;
const MAX_BACKOFF_MS = 5_000;
const RETRYABLE_STATUS = new Set([429, 502, 503, 504]);
/** A name server that does not answer holds the loop for seconds at each question: it is asked seldom. */
const UNKNOWN_HOST_MS = 60_000;
const MAX_RESPONSE_BYTES = 64 * 1024;

interface Job extends PendingBatch {
  deadline: number;
  attempts: number;
  settled(error?: Error): void;
  timer?: NodeJS.Timeout;
}

class Retryable extends Error {
  constructor(
    message: string,
    readonly afterMs?: number,
  ) {
    super(message);
  }
}

export class OtlpSender {
  readonly #waiting: Job[] = [];
  readonly #active = new Set<Job>();
  readonly #idle: (() => void)[] = [];
  readonly #agent: Agent;
  readonly #request: typeof import('node:http').request;
  #lookups = 0;
  #unknownHost: { error: NodeJS.ErrnoException; until: number } | undefined;
  #bytes = 0;
  dropped = 0;

  constructor(
    readonly target: OtlpTarget,
    private readonly health: Health,
  ) {
    const secure = target.url.startsWith('https:');
    const http = builtin<typeof import('node:http')>(secure ? 'node:https' : 'node:http');
    // taken here, before any instrumentation wraps it
    this.#request = http.request;
    this.#agent = unreferenced(new http.Agent({ keepAlive: true, ...(secure ? target.tls : {}) }));
  }

  /** Whether the name of the collector is being looked up: that alone cannot be unreferenced, nor taken back. */
  get holdsLoop(): boolean {
    return this.#lookups > 0;
  }

  /** Takes a batch. False when there is no room: it is lost. */
  send(body: Uint8Array, settled: (error?: Error) => void = () => {}): boolean {
    if (this.#bytes + body.byteLength > MAX_PENDING_BYTES) {
      this.dropped++;
      const error = new Error('too much telemetry is waiting to be sent; some was dropped');
      this.health.failed(this.target.url, error);
      settled(error);
      return false;
    }
    this.#bytes += body.byteLength;
    const contentType = this.target.protocol === 'http/json' ? 'application/json' : 'application/x-protobuf';
    this.#waiting.push({
      target: this.target,
      contentType,
      body,
      deadline: monotonic() + this.target.timeoutMs,
      attempts: 0,
      settled,
    });
    this.#pump();
    return true;
  }

  /** Everything taken and not delivered, in flight or waiting. */
  pending(): PendingBatch[] {
    return [...this.#active, ...this.#waiting];
  }

  /** Resolves when nothing is pending any more. What waits for its next attempt is tried now. */
  drain(): Promise<void> {
    for (const job of this.#active) {
      if (job.timer === undefined) continue;
      timers.clearTimeout(job.timer);
      this.#attempt(job);
    }
    if (this.#active.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  #pump(): void {
    while (this.#active.size < MAX_IN_FLIGHT) {
      const job = this.#waiting.shift();
      if (job === undefined) break;
      this.#active.add(job);
      this.#attempt(job);
    }
    if (this.#active.size === 0) for (const resolve of this.#idle.splice(0)) resolve();
  }

  #attempt(job: Job): void {
    job.timer = undefined;
    job.attempts++;
    asSelf(() => this.#post(job)).then(
      () => {
        this.health.delivered = true;
        this.#finish(job);
        job.settled();
      },
      (error: Error) => this.#failed(job, error),
    );
  }

  #failed(job: Job, error: Error): void {
    this.health.delivered = false;
    this.health.failed(this.target.url, error);
    const backoff =
      Math.min(FIRST_BACKOFF_MS * 1.5 ** (job.attempts - 1), MAX_BACKOFF_MS) * (0.8 + Math.random() * 0.4);
    const wait = error instanceof Retryable ? (error.afterMs ?? backoff) : Number.POSITIVE_INFINITY;
    // whoever waits for delivery waits for one more attempt, not for all of them
    if (monotonic() + wait > job.deadline || this.#idle.length > 0) {
      this.#finish(job);
      job.settled(error);
    } else job.timer = timers.setTimeout(() => this.#attempt(job), wait).unref();
  }

  #finish(job: Job): void {
    this.#active.delete(job);
    this.#bytes -= job.body.byteLength;
    this.#pump();
  }

  readonly #lookup: LookupFunction = (host, options, done) => {
    const unknown = this.#unknownHost;
    if (unknown !== undefined && monotonic() < unknown.until) return done(unknown.error, '', 0);
    this.#lookups++;
    lookup(host, options, (error, address, family) => {
      this.#lookups--;
      this.#unknownHost = error ? { error, until: monotonic() + UNKNOWN_HOST_MS } : undefined;
      done(error, address, family);
    });
  };

  async #post(job: Job): Promise<void> {
    const { url, headers, gzip: compress } = job.target;
    const body = compress
      ? await util.promisify(builtin<typeof import('node:zlib')>('node:zlib').gzip)(job.body)
      : job.body;
    const options: RequestOptions = {
      method: 'POST',
      agent: this.#agent,
      lookup: this.#lookup,
      headers: {
        'User-Agent': 'opentelemetry-instrumentation-async',
        ...headers,
        'Content-Type': job.contentType,
        'Content-Length': body.byteLength,
        ...(compress ? { 'Content-Encoding': 'gzip' } : {}),
      },
    };
    const status = await new Promise<IncomingMessage>((resolve, reject) => {
      const left = Math.max(1, job.deadline - monotonic());
      const request = asSelf(() => this.#request(url, options, resolve));
      const timer = timers
        .setTimeout(() => request.destroy(new Retryable('no answer in time')), left)
        .unref();
      request.on('close', () => timers.clearTimeout(timer));
      request.on('error', (error) =>
        reject(
          error instanceof Retryable
            ? error
            : new Retryable(error.message || String((error as NodeJS.ErrnoException).code)),
        ),
      );
      request.end(body);
    });
    await consumed(status);
    const code = status.statusCode ?? 0;
    if (code >= 200 && code <= 299) return;
    if (RETRYABLE_STATUS.has(code)) throw new Retryable(`status ${code}`, retryAfter(status));
    throw new Error(`status ${code}`);
  }
}

/** Reads the answer to its end, so that the socket can be used again; an endless one is cut off. */
function consumed(response: IncomingMessage): Promise<void> {
  let bytes = 0;
  return new Promise((resolve) => {
    response.on('data', (chunk: Buffer) => {
      bytes += chunk.byteLength;
      if (bytes > MAX_RESPONSE_BYTES) response.destroy();
    });
    response.on('error', () => resolve());
    response.on('close', () => resolve());
  });
}

function retryAfter(response: IncomingMessage): number | undefined {
  const value = response.headers['retry-after'];
  if (value === undefined) return undefined;
  const ms = Number.isNaN(Number(value)) ? Date.parse(value) - wall() : Number(value) * 1_000;
  return Number.isFinite(ms) && ms >= 0 ? ms : undefined;
}

/**
 * Loaded only where needed: TLS alone costs a tenth of a small program's start. An `import` of `node:http` would also
 * load Node's own undici for the sake of `WebSocket`, whose dispatcher an application's undici then takes for its own.
 */
function builtin<M>(name: string): M {
  return createRequire(import.meta.url)(name) as M;
}

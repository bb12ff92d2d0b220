import type { Destination } from '../config/export-destination.js';
import type { Signal } from '../config/otlp-target.js';
import { encodeJson } from '../otlp/json.js';
import type { LogRecord, Metric, ScopeMetrics, ScopeSpans, Span } from '../otlp/messages.js';
import { encodeProtobuf } from '../otlp/protobuf.js';
import type { Schema } from '../otlp/schema.js';
import { LOGS_REQUEST, METRICS_REQUEST, TRACES_REQUEST } from '../otlp/tables.js';
import { toKeyValues } from '../otlp/values.js';
import { SCOPE } from '../semconv.js';
import { VERSION } from '../version.js';
import { Addresses, nodeNameServices } from './addresses.js';
import type { ExportConfig, PlainAttributes } from './protocol.js';
import { mergeResources } from './resource.js';
import { type SendResult, send } from './sender.js';
import { EXPORT_DELIVERED, EXPORT_FAILED, PROCESS, type SharedMemory } from './shared-memory.js';

/** Telemetry of one signal each, in OTLP's own shape. */
export interface Parcel {
  logs?: LogRecord[];
  traces?: Span[];
  /** Spans of others. */
  scopeSpans?: ScopeSpans[];
  resource?: PlainAttributes;
  metrics?: Metric[];
  /** Metrics of others. */
  scopeMetrics?: ScopeMetrics[];
}

/** A request that was not delivered, as it would have been sent. */
export interface Undelivered {
  signal: Signal;
  encoding: Destination['encoding'];
  body: Uint8Array;
}

const MOST_IN_FLIGHT = 32;
const FIRST_RETRY_MS = 50;

/** The sidecar's way out, by itself, while nobody else can. */
export class Outbox {
  #config: ExportConfig | undefined;
  readonly #pending = new Set<Promise<unknown>>();
  readonly #refused = new Set<Signal>();

  readonly #addresses: Addresses;

  constructor(
    private readonly memory: SharedMemory,
    private readonly note: (text: string) => void,
  ) {
    const healthy = () => Atomics.load(memory.words, PROCESS.LAST_EXPORT) === EXPORT_DELIVERED;
    this.#addresses = new Addresses(nodeNameServices(), healthy);
  }

  set config(config: ExportConfig | undefined) {
    this.#config = config;
    this.#refused.clear();
    const { traces, metrics, logs } = config?.destinations ?? {};
    this.#addresses.prepare([traces, metrics, logs].flatMap((one) => one?.url ?? []));
  }

  get config(): ExportConfig | undefined {
    return this.#config;
  }

  /** Whether what is put in for `signal` can leave at all. */
  serves(signal: Signal): boolean {
    return this.#config?.destinations[signal] !== undefined && !this.#refused.has(signal);
  }

  /** Sends each signal once, nothing waits. */
  post(parcel: Parcel): void {
    for (const [signal, body] of this.#bodies(parcel)) {
      const sending = this.#send(signal, body).finally(() => this.#count(-1, sending));
      this.#count(1, sending);
    }
  }

  #count(change: 1 | -1, sending: Promise<unknown>): void {
    if (change === 1) this.#pending.add(sending);
    else this.#pending.delete(sending);
    Atomics.add(this.memory.words, PROCESS.BUSY, change);
  }

  /** From now on nothing may hold the end of the process. */
  last(): void {
    this.#addresses.last();
  }

  /** Sends the last words, again and again where it helps. Gives what could not be delivered, and was not refused. */
  async postLast(parcel: Parcel, withinMs: number): Promise<Undelivered[]> {
    const deadline = performance.now() + withinMs;
    const undelivered: Undelivered[] = [];
    const last = [...this.#bodies(parcel)].map(async ([signal, body]) => {
      const settled = await this.#insist(signal, body, deadline);
      const encoding = this.#config?.destinations[signal]?.encoding;
      if (!settled && encoding !== undefined) undelivered.push({ signal, encoding, body });
    });
    await Promise.all(last);
    return undelivered;
  }

  /** Sends once what an earlier process could not deliver. */
  async repost({ signal, encoding, body }: Undelivered): Promise<SendResult> {
    const destination = this.#config?.destinations[signal];
    if (destination === undefined) return { delivered: false, retryable: true };
    return send({ ...destination, encoding }, body, destination.timeoutMs, this.#addresses.lookup);
  }

  /** Something else that is under way, and that the end of the process waits for. */
  follow(work: Promise<unknown>): void {
    this.#count(1, work);
    const over = () => this.#count(-1, work);
    work.then(over, over);
  }

  /** Resolves when all that is under way is over. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#pending);
  }

  /** True: delivered, or refused for good. */
  async #insist(signal: Signal, body: Uint8Array, deadline: number): Promise<boolean> {
    for (let pause = FIRST_RETRY_MS; ; pause *= 2) {
      const left = deadline - performance.now();
      const destination = this.#config?.destinations[signal];
      if (left <= 0 || destination === undefined) return false;
      const result = await send(
        destination,
        body,
        Math.min(left, destination.timeoutMs),
        this.#addresses.lookup,
      );
      if (result.delivered || !result.retryable) return true;
      const wait = result.retryAfterMs ?? pause;
      if (performance.now() + wait >= deadline) return false;
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }

  *#bodies(parcel: Parcel): Generator<[Signal, Uint8Array]> {
    const { destinations, resource: attributes } = this.#config ?? {};
    if (destinations === undefined) return;
    const resource = { attributes: toKeyValues(mergeResources(attributes ?? {}, parcel.resource)) };
    const scope = { name: SCOPE, version: VERSION };
    const { logs, traces, metrics } = parcel;
    if (logs?.length && this.serves('logs')) {
      const request = { resourceLogs: [{ resource, scopeLogs: [{ scope, logRecords: logs }] }] };
      yield ['logs', encode(LOGS_REQUEST, request, destinations.logs)];
    }
    const scopeSpans = [...(parcel.scopeSpans ?? []), ...(traces?.length ? [{ scope, spans: traces }] : [])];
    if (scopeSpans.length > 0 && this.serves('traces')) {
      const request = { resourceSpans: [{ resource, scopeSpans }] };
      yield ['traces', encode(TRACES_REQUEST, request, destinations.traces)];
    }
    const scopeMetrics = [...(parcel.scopeMetrics ?? []), ...(metrics?.length ? [{ scope, metrics }] : [])];
    if (scopeMetrics.length > 0 && this.serves('metrics')) {
      const request = { resourceMetrics: [{ resource, scopeMetrics }] };
      yield ['metrics', encode(METRICS_REQUEST, request, destinations.metrics)];
    }
  }

  async #send(signal: Signal, body: Uint8Array): Promise<SendResult | undefined> {
    const destination = this.#config?.destinations[signal];
    // a collector that never answers must not fill the memory
    if (destination === undefined || this.#pending.size >= MOST_IN_FLIGHT) return undefined;
    const result = await send(destination, body, destination.timeoutMs, this.#addresses.lookup);
    Atomics.store(
      this.memory.words,
      PROCESS.LAST_EXPORT,
      result.delivered ? EXPORT_DELIVERED : EXPORT_FAILED,
    );
    if (!result.delivered) this.#explain(signal, destination, result);
    return result;
  }

  /** A backend for traces alone answers 404 to logs, for ever. */
  #explain(signal: Signal, destination: Destination, result: SendResult): void {
    if (!result.retryable) this.#refused.add(signal);
    const isDefault = this.#config?.destinations.isDefault === true;
    if (isDefault && result.retryable) return;
    this.note(`the sidecar could not send ${signal} to ${new URL(destination.url).origin}: ${result.reason}`);
  }
}

function encode<M extends object>(schema: Schema<M>, message: M, to: Destination | undefined): Uint8Array {
  return to?.encoding === 'json'
    ? Buffer.from(encodeJson(schema, message), 'utf8')
    : encodeProtobuf(schema, message);
}

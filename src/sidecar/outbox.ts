import type { Destination } from '../config/export-destination.js';
import type { Signal } from '../config/otlp-target.js';
import { encodeJson } from '../otlp/json.js';
import type { LogRecord, Metric, Span } from '../otlp/messages.js';
import { encodeProtobuf } from '../otlp/protobuf.js';
import type { Schema } from '../otlp/schema.js';
import { LOGS_REQUEST, METRICS_REQUEST, TRACES_REQUEST } from '../otlp/tables.js';
import { toKeyValues } from '../otlp/values.js';
import { SCOPE } from '../semconv.js';
import { VERSION } from '../version.js';
import type { ExportConfig } from './protocol.js';
import { type SendResult, send } from './sender.js';
import { EXPORT_DELIVERED, EXPORT_FAILED, PROCESS, type SharedMemory } from './shared-memory.js';

/** Telemetry of one signal each, in OTLP's own shape. */
export interface Parcel {
  logs?: LogRecord[];
  traces?: Span[];
  metrics?: Metric[];
}

const MOST_IN_FLIGHT = 32;

/** The sidecar's way out, by itself, while nobody else can. */
export class Outbox {
  #config: ExportConfig | undefined;
  #inFlight = 0;
  readonly #refused = new Set<Signal>();

  constructor(
    private readonly memory: SharedMemory,
    private readonly note: (text: string) => void,
  ) {}

  set config(config: ExportConfig | undefined) {
    this.#config = config;
    this.#refused.clear();
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
    for (const [signal, body] of this.#bodies(parcel)) void this.#send(signal, body);
  }

  *#bodies(parcel: Parcel): Generator<[Signal, Uint8Array]> {
    const { destinations, resource: attributes } = this.#config ?? {};
    if (destinations === undefined) return;
    const resource = { attributes: toKeyValues(attributes ?? {}) };
    const scope = { name: SCOPE, version: VERSION };
    const { logs, traces, metrics } = parcel;
    if (logs?.length && this.serves('logs')) {
      const request = { resourceLogs: [{ resource, scopeLogs: [{ scope, logRecords: logs }] }] };
      yield ['logs', encode(LOGS_REQUEST, request, destinations.logs)];
    }
    if (traces?.length && this.serves('traces')) {
      const request = { resourceSpans: [{ resource, scopeSpans: [{ scope, spans: traces }] }] };
      yield ['traces', encode(TRACES_REQUEST, request, destinations.traces)];
    }
    if (metrics?.length && this.serves('metrics')) {
      const request = { resourceMetrics: [{ resource, scopeMetrics: [{ scope, metrics }] }] };
      yield ['metrics', encode(METRICS_REQUEST, request, destinations.metrics)];
    }
  }

  async #send(signal: Signal, body: Uint8Array): Promise<SendResult | undefined> {
    const destination = this.#config?.destinations[signal];
    // a collector that never answers must not fill the memory
    if (destination === undefined || this.#inFlight >= MOST_IN_FLIGHT) return undefined;
    this.#inFlight++;
    const result = await send(destination, body, destination.timeoutMs);
    this.#inFlight--;
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

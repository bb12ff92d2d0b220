import { monotonic } from '../../base/clock.js';
import type { Destination } from '../../config/export-destination.js';
import type { Signal } from '../../config/otlp-target.js';
import type { ExportConfig } from '../protocol.js';
import { EXPORT_DELIVERED, EXPORT_FAILED, PROCESS, type SharedMemory } from '../shared-memory.js';
import { Addresses, nodeNameServices } from './addresses.js';
import { type OtlpRequest, type Parcel, requestsOf } from './requests.js';
import { type SendResult, send } from './sender.js';

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
    for (const { signal, body } of this.#requests(parcel)) {
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
  async postLast(parcel: Parcel, withinMs: number): Promise<OtlpRequest[]> {
    const deadline = monotonic() + withinMs;
    const undelivered: OtlpRequest[] = [];
    const last = [...this.#requests(parcel)].map(async (request) => {
      const settled = await this.#insist(request.signal, request.body, deadline);
      if (!settled) undelivered.push(request);
    });
    await Promise.all(last);
    return undelivered;
  }

  /** Sends once what an earlier process could not deliver. */
  async repost({ signal, encoding, body }: OtlpRequest): Promise<SendResult> {
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
      const left = deadline - monotonic();
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
      if (monotonic() + wait >= deadline) return false;
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }

  #requests(parcel: Parcel): Iterable<OtlpRequest> {
    return this.#config === undefined
      ? []
      : requestsOf(parcel, this.#config, (signal) => this.serves(signal));
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

import type { AttributeValue, Context, MeterProvider, TracerProvider } from '@opentelemetry/api';

/**
 * The providers, looked up each time they are used. OpenTelemetry registers them in slots on `globalThis`; API 1.10
 * ships two copies (ESM and CommonJS) whose proxies do not know each other, and metrics have no proxy at all. The
 * slots are the same for all copies, so we read those, and keep nothing.
 */

const API_SLOT = Symbol.for('opentelemetry.js.api.1');
const LOGS_SLOT = Symbol.for('io.opentelemetry.js.api.logs');
const LOGS_COMPATIBILITY_VERSION = 1;

interface ApiSlot {
  version?: string;
  trace?: TracerProvider & { getDelegate?: () => TracerProvider };
  metrics?: MeterProvider;
  context?: { active(): Context; with: unknown };
  logs?: LoggerProvider;
}

/** Structural: the logs API is a package of its own with SDK 2, and part of the API with SDK 3. */
export interface Logger {
  emit(record: {
    eventName?: string;
    timestamp?: Date | number | [number, number];
    observedTimestamp?: Date | number | [number, number];
    severityNumber?: number;
    severityText?: string;
    body?: string;
    attributes?: Record<string, AttributeValue>;
    context?: Context;
  }): void;
}
export interface LoggerProvider {
  getLogger(name: string, version?: string): Logger;
}

export class OtelAccess {
  #tracerProvider: TracerProvider | undefined;
  #meterProvider: MeterProvider | undefined;
  #loggerProvider: LoggerProvider | undefined;

  /** Providers handed to the instrumentation win over the global ones, unless they are mere proxies. */
  setTracerProvider(provider: TracerProvider | undefined): void {
    this.#tracerProvider = isProxy(provider) ? undefined : provider;
  }

  setMeterProvider(provider: MeterProvider | undefined): void {
    // the API hands out a no-op provider where none is registered; taking it would silence us for ever
    const none = provider === undefined || provider.constructor?.name === 'NoopMeterProvider';
    this.#meterProvider = none || provider === slot()?.metrics ? undefined : provider;
  }

  setLoggerProvider(provider: LoggerProvider | undefined): void {
    const none =
      provider === undefined || /^(Noop|Proxy)LoggerProvider$/.test(provider.constructor?.name ?? '');
    this.#loggerProvider = none ? undefined : provider;
  }

  /** The tracer provider spans really go to, proxies resolved; `undefined` while there is none. */
  tracerProvider(): TracerProvider | undefined {
    return unproxied(this.#tracerProvider ?? slot()?.trace);
  }

  /** `undefined` while there is none, and when it has been shut down: it would hand out meters that do nothing. */
  meterProvider(): MeterProvider | undefined {
    const registered = slot()?.metrics;
    // handed over first and registered later: from then on it is replaced by registering another
    if (this.#meterProvider === registered || isShutDown(this.#meterProvider))
      this.#meterProvider = undefined;
    const provider = this.#meterProvider ?? registered;
    return isShutDown(provider) ? undefined : provider;
  }

  loggerProvider(): LoggerProvider | undefined {
    return this.#loggerProvider ?? globalLoggerProvider();
  }

  #api: ApiSlot | undefined;
  #looked = false;

  /**
   * The same as `activeContext`, for what happens all the time: OpenTelemetry's slot is looked up once, for where there
   * is one it stays, and again whenever something may have been registered.
   */
  frequentContext(): Context | undefined {
    if (!this.#looked) {
      this.#looked = true;
      this.#api = slot();
    }
    return this.#api?.context?.active();
  }

  /** Something may have been registered. */
  lookAgain(): void {
    this.#looked = false;
  }

  /** The active context, straight from the registered context manager; `undefined` while there is none. */
  activeContext(): Context | undefined {
    return slot()?.context?.active();
  }
}

function slot(): ApiSlot | undefined {
  return (globalThis as Record<symbol, unknown>)[API_SLOT] as ApiSlot | undefined;
}

function globalLoggerProvider(): LoggerProvider | undefined {
  const get = (globalThis as Record<symbol, unknown>)[LOGS_SLOT];
  if (typeof get === 'function') return get(LOGS_COMPATIBILITY_VERSION) as LoggerProvider;
  return slot()?.logs;
}

/** The SDK's own mark, the same in SDK 2 and 3. */
function isShutDown(provider: MeterProvider | undefined): boolean {
  return (provider as { _shutdown?: boolean } | undefined)?._shutdown === true;
}

function isProxy(provider: TracerProvider | undefined): boolean {
  return typeof (provider as { getDelegate?: unknown } | undefined)?.getDelegate === 'function';
}

function unproxied(provider: TracerProvider | undefined): TracerProvider | undefined {
  let current = provider as (TracerProvider & { getDelegate?: () => TracerProvider }) | undefined;
  for (let hops = 0; hops < 4 && typeof current?.getDelegate === 'function'; hops++) {
    current = current.getDelegate();
  }
  return current?.constructor?.name === 'NoopTracerProvider' ? undefined : current;
}

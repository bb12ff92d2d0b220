import type { MeterProvider, TracerProvider } from '@opentelemetry/api';
import type { AsyncInstrumentationConfig } from './config/options.js';
import { resolveOptions } from './config/resolve.js';
import { attachOwner, type RuntimeHandle } from './runtime-slot.js';
import { SCOPE } from './semconv.js';
import type { LoggerProvider } from './telemetry/otel-access.js';
import { VERSION } from './version.js';

/**
 * The instrumentation, for `registerInstrumentations({ instrumentations: [new AsyncInstrumentation()] })` or
 * `new NodeSDK({ instrumentations: [...] })`. It implements OpenTelemetry's `Instrumentation` interface structurally,
 * so that it works with SDK 2 and SDK 3 and needs neither at run time.
 *
 * Constructing it starts it, as with every OpenTelemetry instrumentation, unless `enabled` is false. Several
 * instances, copies of the package, or an instance beside `register` share one runtime per thread.
 *
 * @throws TypeError | RangeError naming option, value and what is allowed, for a bad value in `config`.
 */
export class AsyncInstrumentation {
  readonly instrumentationName = SCOPE;
  readonly instrumentationVersion = VERSION;
  readonly #runtime: RuntimeHandle;
  #config: AsyncInstrumentationConfig;
  #enabled = false;

  constructor(config: AsyncInstrumentationConfig = {}) {
    const options = resolveOptions(config);
    this.#config = { ...config };
    this.#runtime = attachOwner();
    if (options.enabled) this.enable();
  }

  /**
   * Starts it. `registerInstrumentations` and `NodeSDK` call this on whatever they are given that is not running, so it
   * does nothing where the operator said `OTEL_NODE_ASYNC_ENABLED=false` and the code did not say `enabled: true`.
   */
  enable(): void {
    const environment = resolveOptions({ ...this.#config, enabled: undefined });
    if (!environment.enabled && this.#config.enabled !== true) return;
    this.#enabled = true;
    this.#runtime.apply(resolveOptions({ ...this.#config, enabled: true }));
  }

  /** Removes every hook, listener and timer and restores what was wrapped. */
  disable(): void {
    this.#enabled = false;
    this.#runtime.apply(undefined);
  }

  isEnabled(): boolean {
    return this.#enabled;
  }

  setTracerProvider(provider: TracerProvider): void {
    this.#runtime.otel.setTracerProvider(provider);
    this.#runtime.providersChanged();
  }

  setMeterProvider(provider: MeterProvider): void {
    this.#runtime.otel.setMeterProvider(provider);
    this.#runtime.providersChanged();
  }

  setLoggerProvider(provider: LoggerProvider): void {
    this.#runtime.otel.setLoggerProvider(provider);
    this.#runtime.providersChanged();
  }

  /** The configuration as given, and in `enabled` whether it runs: SDKs enable what does not say so. */
  getConfig(): AsyncInstrumentationConfig {
    return { ...this.#config, enabled: this.#enabled };
  }

  /**
   * Replaces the configuration while running. `enabled: false` disables.
   *
   * @throws TypeError | RangeError as the constructor; the configuration then stays as it was.
   */
  setConfig(config: AsyncInstrumentationConfig): void {
    const options = resolveOptions(config);
    this.#config = { ...config };
    if (!options.enabled) this.disable();
    else if (this.#enabled || config.enabled === true) this.enable();
  }

  /** Debug mode on or off, while running. */
  setDebug(debug: boolean): void {
    this.setConfig({ ...this.getConfig(), debug });
  }

  /**
   * Sends what the flight recorder has of the last seconds (`recorder.seconds`) through the application's tracer, as a
   * trace of its own: a span for each of up to 40 tasks that were last at work, below it up to 5 of its runs.
   *
   * @returns the trace id; `undefined` while debug mode is off, or where there is no tracer provider. Never throws.
   */
  exportRecording(): string | undefined {
    return this.#runtime.flight?.export('request');
  }

  /**
   * Writes what the flight recorder has of the last seconds to a file, as JSON, readable by its owner alone (mode
   * 0600); a file of that name is replaced. Names and places have gone through `redact`; of errors the type alone is
   * there. Synchronous.
   *
   * @returns false while debug mode is off: nothing is written then.
   * @throws what writing the file throws.
   */
  saveRecording(file: string): boolean {
    return this.#runtime.flight?.save(file) ?? false;
  }
}

import { SIGNALS, type Signal } from '../config/otlp-target.js';
import type { ApiCopies } from './api-copies.js';
import { LoggerProviderSwitch, TracerProviderSwitch } from './provider-switch.js';
import type { BuiltSdk } from './sdk-start.js';

/**
 * Registers our SDK so that the application's own can take its place. The first registration of the application's
 * in an API slot finds it empty: ours is taken out just before, in every copy of the API, so that nothing fails or
 * warns. A tracer provider takes all five slots with it; any other registration its own slot alone.
 */

const API_SLOT = Symbol.for('opentelemetry.js.api.1');
const LOGS_SLOT = Symbol.for('io.opentelemetry.js.api.logs');

export type Part = Signal | 'context' | 'propagation';
type SlotName = 'trace' | 'metrics' | 'logs' | 'context' | 'propagation' | 'diag';

interface ApiSlot extends Partial<Record<SlotName, unknown>> {
  version?: string;
}

export class Registration {
  readonly #parts = new Set<Part>();
  readonly #tracers: TracerProviderSwitch | undefined;
  readonly #loggers: LoggerProviderSwitch | undefined;
  readonly #ownDiag: unknown;
  #own = true;

  /** `onHandOver` is told, once each, the parts that went over to the application. */
  constructor(
    private readonly sdk: BuiltSdk,
    private readonly onHandOver: (parts: Part[]) => void,
  ) {
    const { api, logsApis } = sdk.found;
    if (sdk.trace) {
      this.#tracers = new TracerProviderSwitch(sdk.trace);
      if (api.trace.setGlobalTracerProvider(this.#tracers)) this.#parts.add('traces');
    }
    if (sdk.metrics && api.metrics.setGlobalMeterProvider(sdk.metrics)) this.#parts.add('metrics');
    if (sdk.logs) {
      this.#loggers = new LoggerProviderSwitch(sdk.logs);
      for (const logs of logsApis) logs.setGlobalLoggerProvider(this.#loggers);
      this.#parts.add('logs');
    }
    if (sdk.context && slot()?.context === undefined) {
      if (api.context.setGlobalContextManager(sdk.context)) this.#parts.add('context');
    }
    if (sdk.propagator && slot()?.propagation === undefined) {
      if (api.propagation.setGlobalPropagator(sdk.propagator)) this.#parts.add('propagation');
    }
    this.#ownDiag = slot()?.diag;
    this.#own = false;
  }

  /** From now on the application's registrations take over. */
  watch({ apis, logsApis }: ApiCopies): void {
    for (const api of apis) {
      this.#before(api.trace, 'setGlobalTracerProvider', ([provider]) => {
        this.#handOver(['traces', 'metrics', 'logs', 'context', 'propagation']);
        this.#tracers?.pointTo(provider);
      });
      this.#before(api.metrics, 'setGlobalMeterProvider', () => this.#handOver(['metrics']));
      this.#before(api.context, 'setGlobalContextManager', () => this.#handOver(['context']));
      this.#before(api.propagation, 'setGlobalPropagator', () => this.#handOver(['propagation']));
      this.#before(api.diag, 'setLogger', () => this.#releaseDiag());
    }
    for (const logs of logsApis) {
      this.#before(logs, 'setGlobalLoggerProvider', ([provider]) => {
        this.#handOver(['logs']);
        this.#loggers?.pointTo(provider);
      });
    }
  }

  #before<K extends string, F extends (...args: never[]) => unknown>(
    owner: { [key in K]: F },
    method: K,
    action: (args: Parameters<F>) => void,
  ): void {
    const original = owner[method];
    const wrapped = function (this: unknown, ...args: Parameters<F>): unknown {
      action(args);
      return original.apply(this, args);
    };
    Object.assign(owner, { [method]: wrapped });
  }

  #handOver(asked: Part[]): void {
    if (this.#own) return;
    const parts = asked.filter((part) => this.#parts.delete(part));
    if (parts.length === 0) return;
    for (const part of parts) this.#clear(part);
    dropEmptySlot();
    this.onHandOver(parts);
  }

  #clear(part: Part): void {
    const api = slot();
    if (api) delete api[part === 'traces' ? 'trace' : part];
    if (part === 'logs') this.#loggers?.pointTo(undefined);
    if (part === 'logs') delete (globalThis as Record<symbol, unknown>)[LOGS_SLOT];
    if (part === 'context') this.sdk.context?.disable();
  }

  /** A logger set for `OTEL_LOG_LEVEL` would be complained about by the one that replaces it. */
  #releaseDiag(): void {
    const api = slot();
    if (api?.diag !== undefined && api.diag === this.#ownDiag) delete api.diag;
  }
}

/** What is registered already, by whatever copy of the API. */
export function registeredSignals(): Signal[] {
  const logs = slot()?.logs ?? (globalThis as Record<symbol, unknown>)[LOGS_SLOT];
  const present = { traces: slot()?.trace, metrics: slot()?.metrics, logs };
  return SIGNALS.filter((signal) => present[signal] !== undefined);
}

function slot(): ApiSlot | undefined {
  return (globalThis as Record<symbol, unknown>)[API_SLOT] as ApiSlot | undefined;
}

/** The slot keeps the version of the API that made it, and refuses all others. */
function dropEmptySlot(): void {
  const api = slot();
  if (api && Object.keys(api).every((key) => key === 'version')) {
    delete (globalThis as Record<symbol, unknown>)[API_SLOT];
  }
}

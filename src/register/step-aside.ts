import type { TracerProvider } from '@opentelemetry/api';
import { SIGNALS, type Signal } from '../config/otlp-target.js';
import type { Part } from '../telemetry/api-registration.js';
import type { LoggerProvider } from '../telemetry/otel-access.js';
import { LoggerProviderSwitch, TracerProviderSwitch } from './provider-switch.js';
import type { BuiltSdk } from './sdk-start.js';

/**
 * Registers our SDK so that the application's own can take its place. The first registration of the application's
 * in an API slot finds it empty: ours is taken out just before, so that nothing fails or
 * warns. A tracer provider takes all five slots with it; any other registration its own slot alone.
 */

const API_SLOT = Symbol.for('opentelemetry.js.api.1');
const LOGS_SLOT = Symbol.for('io.opentelemetry.js.api.logs');

const PARTS: readonly Part[] = [...SIGNALS, 'context', 'propagation'];
type SlotName = 'trace' | 'metrics' | 'logs' | 'context' | 'propagation' | 'diag';

interface ApiSlot extends Partial<Record<SlotName, unknown>> {
  version?: string;
}

export class Registration {
  readonly #parts = new Set<Part>();
  readonly #tracers: TracerProviderSwitch | undefined;
  readonly #loggers: LoggerProviderSwitch | undefined;
  readonly #ownDiag: unknown;

  /** `onHandOver` is told, once each, the parts that went over to the application. */
  constructor(
    private readonly sdk: BuiltSdk,
    private readonly onHandOver: (parts: Part[]) => void,
  ) {
    const { api, logsApis } = sdk.found;
    const drain = () => Promise.all(sdk.senders.map((sender) => sender.drain()));
    if (sdk.trace) {
      this.#tracers = new TracerProviderSwitch(sdk.trace, drain);
      if (api.trace.setGlobalTracerProvider(this.#tracers)) this.#parts.add('traces');
    }
    if (sdk.metrics && api.metrics.setGlobalMeterProvider(sdk.metrics)) this.#parts.add('metrics');
    if (sdk.logs) {
      this.#loggers = new LoggerProviderSwitch(sdk.logs, drain);
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
  }

  /** The application registers `part` now: takes ours out, and lets tracers and loggers of ours follow it. */
  handOver(part: Part, registered: unknown): void {
    const parts = (part === 'traces' ? PARTS : [part]).filter((one) => this.#parts.delete(one));
    for (const one of parts) this.#clear(one);
    if (part === 'traces') this.#tracers?.pointTo(registered as TracerProvider);
    if (part === 'logs') this.#loggers?.pointTo(registered as LoggerProvider);
    if (parts.length === 0) return;
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
  releaseDiag(): void {
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

import { attempt } from '../base/guard.js';
import type { Signal } from '../config/otlp-target.js';
import type { ApiCopies } from './api-copies.js';

/** What can be registered with OpenTelemetry's API. */
export type Part = Signal | 'context' | 'propagation';

export interface RegistrationObserver {
  /** Just before the API is told. */
  before(part: Part | 'diag', registered: unknown): void;
  after(part: Part | 'diag'): void;
}

type Method = (this: unknown, ...args: unknown[]) => unknown;

/** Observes registrations in all `copies` of the API, for good. Their results and errors stay what they are. */
export function watchRegistrations({ apis, logsApis }: ApiCopies, observer: RegistrationObserver): void {
  const around = (owner: object, method: string, part: Part | 'diag') =>
    attempt('watching the API', () => wrap(owner as Record<string, Method>, method, part, observer));
  for (const api of apis) {
    around(api.trace, 'setGlobalTracerProvider', 'traces');
    around(api.metrics, 'setGlobalMeterProvider', 'metrics');
    around(api.context, 'setGlobalContextManager', 'context');
    around(api.propagation, 'setGlobalPropagator', 'propagation');
    around(api.diag, 'setLogger', 'diag');
  }
  for (const logs of logsApis) around(logs, 'setGlobalLoggerProvider', 'logs');
}

function wrap(
  owner: Record<string, Method>,
  method: string,
  part: Part | 'diag',
  observer: RegistrationObserver,
): void {
  const original = owner[method] as Method;
  owner[method] = function (...args) {
    attempt('before a registration', () => observer.before(part, args[0]));
    const result = original.apply(this, args);
    attempt('after a registration', () => observer.after(part));
    return result;
  };
}

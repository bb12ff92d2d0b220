import { createRequire } from 'node:module';
import * as api from '@opentelemetry/api';
import { attempt } from '../base/guard.js';
import type { Signal } from '../config/otlp-target.js';
import type { Stop } from '../types.js';

/** What can be registered with OpenTelemetry's API. */
export type Part = Signal | 'context' | 'propagation';

export interface RegistrationObserver {
  /** Just before the API is told. */
  before?(part: Part | 'diag', registered: unknown): void;
  after(part: Part | 'diag'): void;
}

/** What registers something, by the API object it is a method of. */
const METHODS = [
  ['traces', 'trace', 'setGlobalTracerProvider'],
  ['metrics', 'metrics', 'setGlobalMeterProvider'],
  ['logs', 'logs', 'setGlobalLoggerProvider'],
  ['context', 'context', 'setGlobalContextManager'],
  ['propagation', 'propagation', 'setGlobalPropagator'],
  ['diag', 'diag', 'setLogger'],
] as const;

type Method = (this: unknown, ...args: unknown[]) => unknown;
type Holder = Record<string, Method>;

/**
 * Observes registrations in copies of the API, or in those that are within our own reach: API 1.10 ships two. One that
 * is not (an application's nested copy of another version) is noticed on the slow tick instead. Results and errors
 * stay what they are.
 */
export function watchRegistrations(
  observer: RegistrationObserver,
  copies: readonly object[] = ownCopies(),
): Stop {
  const restores: Stop[] = [];
  const watched = new Map<Holder, string>();
  for (const copy of copies as Record<string, object | undefined>[]) {
    for (const [part, name, method] of METHODS) {
      const holder = holderOf(copy[name], method);
      // with API 1.9 both builds lead to the same objects
      if (holder === undefined || watched.get(holder) === method) continue;
      watched.set(holder, method);
      attempt('watching the API', () => restores.push(watch(holder, method, part, observer)));
    }
  }
  return () => {
    for (const restore of restores.splice(0)) restore();
  };
}

function watch(holder: Holder, name: string, part: Part | 'diag', observer: RegistrationObserver): Stop {
  const original = holder[name] as Method;
  let live = true;
  const replacement: Method = function (...args) {
    if (live) attempt('before a registration', () => observer.before?.(part, args[0]));
    const result = original.apply(this, args);
    if (live) attempt('after a registration', () => observer.after(part));
    return result;
  };
  holder[name] = replacement;
  return () => {
    live = false;
    // wrapped again by somebody else: theirs stays
    if (holder[name] === replacement) holder[name] = original;
  };
}

/** The object that has the method as its own: the API object, or its class's prototype. */
function holderOf(owner: object | undefined, method: string): Holder | undefined {
  let holder: object | null = owner ?? null;
  while (holder !== null && !Object.hasOwn(holder, method)) holder = Object.getPrototypeOf(holder);
  return typeof (holder as Holder | null)?.[method] === 'function' ? (holder as Holder) : undefined;
}

function ownCopies(): object[] {
  const copies: object[] = [api];
  try {
    copies.push(createRequire(import.meta.url)('@opentelemetry/api'));
  } catch {
    // in a bundle there is no second copy
  }
  return copies;
}

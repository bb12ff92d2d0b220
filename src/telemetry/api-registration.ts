import { createRequire } from 'node:module';
import * as api from '@opentelemetry/api';
import { attempt } from '../base/guard.js';
import type { Stop } from '../types.js';

/** What registers something with OpenTelemetry, by the API object it is a method of. */
const METHODS = [
  ['trace', 'setGlobalTracerProvider'],
  ['metrics', 'setGlobalMeterProvider'],
  ['context', 'setGlobalContextManager'],
  ['logs', 'setGlobalLoggerProvider'],
] as const;

type Method = (this: unknown, ...args: unknown[]) => unknown;
type Copy = Record<string, Record<string, Method> | undefined>;

/**
 * Calls `changed` after each registration of a provider, so that the first request after a late start of the SDK is
 * seen. API 1.10 ships two copies; one that is out of our reach (an application's nested copy) is noticed on the slow
 * tick instead.
 */
export function watchRegistrations(changed: () => void): Stop {
  const restores: Stop[] = [];
  for (const copy of apiCopies()) {
    for (const [part, method] of METHODS) {
      const prototype = copy[part] && Object.getPrototypeOf(copy[part]);
      if (typeof prototype?.[method] === 'function') restores.push(watch(prototype, method, changed));
    }
  }
  return () => {
    for (const restore of restores.splice(0)) restore();
  };
}

function watch(holder: Record<string, Method>, name: string, changed: () => void): Stop {
  const original = holder[name] as Method;
  let live = true;
  const replacement: Method = function (...args) {
    const result = original.apply(this, args);
    if (live) attempt('following a new provider', changed);
    return result;
  };
  holder[name] = replacement;
  return () => {
    live = false;
    // wrapped again by somebody else: theirs stays
    if (holder[name] === replacement) holder[name] = original;
  };
}

function apiCopies(): Iterable<Copy> {
  const copies = [api as unknown as Copy];
  try {
    copies.push(createRequire(import.meta.url)('@opentelemetry/api') as Copy);
  } catch {
    // in a bundle there is no second copy
  }
  // with API 1.9 both names lead to the same objects
  return new Map(copies.map((copy) => [copy.trace, copy])).values();
}

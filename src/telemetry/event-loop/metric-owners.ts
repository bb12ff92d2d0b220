import type { MeterProvider, Observable } from '@opentelemetry/api';
import { SCOPE } from '../../semconv.js';

/**
 * Who else makes a metric, as the SDK's provider knows it. The API cannot tell, so this reads the provider's own
 * tables, which are the same in SDK 2 and 3; a provider that looks different is said to have no other owner. Asking
 * for the metric and not for a package finds every instrumentation that makes it, registered before us or after us.
 */
interface Instrument {
  _descriptor?: { name?: string };
  _metricStorages?: unknown[];
}
interface Scope {
  _instrumentationScope?: { name?: string };
  metricStorageRegistry?: {
    _sharedRegistry?: Storages;
    _perCollectorRegistry?: Map<unknown, Storages>;
  };
  observableRegistry?: {
    _callbacks?: { instrument?: Instrument }[];
    _batchCallbacks?: { instruments?: Iterable<Instrument> }[];
  };
}
type Storages = Map<string, unknown[]>;

/** Whether another scope of this provider observes one of these metrics, under whatever name a view gives it. */
export function madeByOthers(provider: MeterProvider, metrics: readonly string[]): boolean {
  return scopesOf(provider).some(
    (scope) => !isOurs(scope) && observed(scope).some((name) => name !== undefined && metrics.includes(name)),
  );
}

/**
 * Takes observable instruments of ours out of the provider. Without this the SDK repeats their last value for ever
 * to readers of cumulative temporality, though nobody observes them any more. Returns whether it could.
 */
export function withdraw(provider: MeterProvider, instruments: readonly Observable[]): boolean {
  const ours = new Set(instruments.flatMap((instrument) => (instrument as Instrument)._metricStorages ?? []));
  let withdrawn = false;
  for (const { metricStorageRegistry: registry } of scopesOf(provider).filter(isOurs)) {
    for (const storages of [
      registry?._sharedRegistry,
      ...(registry?._perCollectorRegistry?.values() ?? []),
    ]) {
      for (const [name, list] of storages ?? []) {
        const others = list.filter((storage) => !ours.has(storage));
        if (others.length === list.length) continue;
        withdrawn = true;
        if (others.length > 0) storages?.set(name, others);
        else storages?.delete(name);
      }
    }
  }
  return withdrawn;
}

function scopesOf(provider: MeterProvider): Scope[] {
  const state = (provider as { _sharedState?: { meterSharedStates?: unknown } })._sharedState;
  return state?.meterSharedStates instanceof Map ? [...state.meterSharedStates.values()] : [];
}

function isOurs(scope: Scope): boolean {
  return scope._instrumentationScope?.name === SCOPE;
}

function observed({ observableRegistry: registry }: Scope): (string | undefined)[] {
  const single = (registry?._callbacks ?? []).map(({ instrument }) => instrument);
  const batches = (registry?._batchCallbacks ?? []).flatMap(({ instruments }) => [...(instruments ?? [])]);
  return [...single, ...batches].map((instrument) => instrument?._descriptor?.name);
}

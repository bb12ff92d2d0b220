import { warnOnce } from './base/guard.js';
import type { ResolvedOptions } from './config/options.js';
import { Runtime } from './runtime.js';
import type { OtelAccess } from './telemetry/otel-access.js';
import type { FlightRecorder } from './telemetry/recorder/flight-recorder.js';

/**
 * One runtime per thread, whatever the number of instances or of copies of this package. The newest owner that is
 * enabled decides the options; the runtime stops when the last one is disabled.
 */

const SLOT = Symbol.for('opentelemetry-instrumentation-async');
const PROTOCOL = 1;

interface Slot {
  protocol: number;
  attach(): RuntimeHandle;
}

export interface RuntimeHandle {
  readonly otel: OtelAccess;
  /** Absent where an older copy of this package made the runtime. */
  readonly flight?: FlightRecorder;
  apply(options: ResolvedOptions | undefined): void;
  providersChanged(): void;
}

export function attachOwner(): RuntimeHandle {
  const holder = globalThis as Record<symbol, Slot | undefined>;
  const existing = holder[SLOT];
  if (existing !== undefined && existing.protocol !== PROTOCOL) {
    warnOnce('protocol', 'another version of this package runs in this process; this copy stays inactive.');
    return { otel: new Runtime([]).otel, apply() {}, providersChanged() {} };
  }
  if (existing !== undefined) return existing.attach();
  const created = createSlot();
  Object.defineProperty(holder, SLOT, { value: created, configurable: true });
  return created.attach();
}

function createSlot(): Slot {
  const runtime = new Runtime();
  const owners = new Map<object, ResolvedOptions>();
  return {
    protocol: PROTOCOL,
    attach: () => {
      const owner = {};
      return {
        otel: runtime.otel,
        flight: runtime.flight,
        providersChanged: () => runtime.providersChanged(),
        apply: (options) => {
          owners.delete(owner);
          if (options) owners.set(owner, options);
          runtime.apply([...owners.values()].at(-1));
        },
      };
    },
  };
}

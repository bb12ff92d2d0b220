import type { Meter, MeterProvider } from '@opentelemetry/api';
import { attempt } from '../base/guard.js';
import { asSelf } from '../base/self.js';
import { SCOPE } from '../semconv.js';
import type { Stop } from '../types.js';
import { VERSION } from '../version.js';
import type { OtelAccess } from './otel-access.js';

/** Makes instruments with the meter and returns how their callbacks are removed. */
export type MakeInstruments = (meter: Meter, provider: MeterProvider) => Stop;

/**
 * Instruments that follow the meter provider. The metrics API has no proxy: a meter taken before the provider was
 * set records nothing for ever, and one of a provider that was replaced feeds nobody. So the provider is compared on
 * every slow tick and whenever one is set; when it is another, the callbacks of the old one are removed.
 */
export class MeterBinding {
  #provider: MeterProvider | undefined;
  #undo: Stop | undefined;

  constructor(
    private readonly otel: OtelAccess,
    private readonly make: MakeInstruments,
  ) {
    this.refresh();
  }

  get bound(): boolean {
    return this.#provider !== undefined;
  }

  refresh(): void {
    const provider = this.otel.meterProvider();
    if (provider === this.#provider) return;
    this.release();
    this.#provider = provider;
    if (provider === undefined) return;
    this.#undo = attempt('instruments', () =>
      asSelf(() => this.make(provider.getMeter(SCOPE, VERSION), provider)),
    );
  }

  release(): void {
    const undo = this.#undo;
    this.#provider = this.#undo = undefined;
    if (undo) attempt('instruments', () => asSelf(undo));
  }
}

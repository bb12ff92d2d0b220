import diagnosticsChannel from 'node:diagnostics_channel';
import { read } from '../base/thrown.js';
import type { Stop } from '../types.js';

/** Node reports each failed request of `node:http` here; where an older Node does not, nothing is known. */
const CHANNEL = 'http.client.request.error';
/** How the exporters of SDK 2 and 3 introduce themselves, and ours. */
const EXPORTER = /OTel-OTLP-Exporter|opentelemetry-instrumentation-async/i;
const MOST_CAUSES = 3;

/**
 * The errors that OpenTelemetry's exporters got from their own requests. A refused connection has no frame of the
 * exporter's in its stack and reaches the application through `forceFlush()` as if it were its own.
 */
export class ExporterErrors {
  readonly #errors = new WeakSet<object>();

  readonly #heard = (message: unknown) => {
    try {
      const { request, error } = message as { request: { getHeader(name: string): unknown }; error: unknown };
      if (
        typeof error === 'object' &&
        error !== null &&
        EXPORTER.test(String(request.getHeader('user-agent')))
      ) {
        this.#errors.add(error);
      }
    } catch {
      // a request of another shape: not the exporters'
    }
  };

  start(): Stop {
    diagnosticsChannel.subscribe(CHANNEL, this.#heard);
    return () => void diagnosticsChannel.unsubscribe(CHANNEL, this.#heard);
  }

  has(error: unknown): boolean {
    let suspect = error;
    for (let depth = 0; depth < MOST_CAUSES && typeof suspect === 'object' && suspect !== null; depth++) {
      if (this.#errors.has(suspect)) return true;
      suspect = read(suspect, 'cause');
    }
    return false;
  }
}

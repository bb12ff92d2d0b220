import { diag } from '@opentelemetry/api';

/**
 * Stands between the host and one of our callbacks. The first exception disconnects the callback for good and is
 * reported once through `diag`: a hook that failed once will fail again, and a throw inside an `async_hooks`
 * callback kills the process past every handler.
 */
export class Guard {
  #tripped = false;

  constructor(
    readonly name: string,
    private readonly disconnect: () => void = () => {},
  ) {}

  get tripped(): boolean {
    return this.#tripped;
  }

  /** Called from a `catch`. Never throws. */
  trip(error: unknown): void {
    if (this.#tripped) return;
    this.#tripped = true;
    try {
      this.disconnect();
    } catch {
      // the callback is already unreachable or harmless
    }
    report(`${this.name} failed and was switched off; please report this`, error);
  }

  wrap<A extends unknown[], R>(callback: (...args: A) => R): (...args: A) => R | undefined {
    return (...args) => {
      if (this.#tripped) return undefined;
      try {
        return callback(...args);
      } catch (error) {
        this.trip(error);
        return undefined;
      }
    };
  }
}

/** Runs `action`; an exception is reported through `diag` and swallowed. */
export function attempt<R>(what: string, action: () => R): R | undefined {
  try {
    return action();
  } catch (error) {
    report(`${what} failed`, error);
    return undefined;
  }
}

const saidOnce = new Set<string>();
const SAID_LIMIT = 200;

/** A `diag` warning given once per process for each `key`. Never throws. */
export function warnOnce(key: string, message: string): void {
  if (saidOnce.has(key) || saidOnce.size >= SAID_LIMIT) return;
  saidOnce.add(key);
  try {
    diag.warn(`opentelemetry-instrumentation-async: ${message}`);
  } catch {
    // a diag logger of the application's that throws is not ours to mend
  }
}

function report(message: string, error: unknown): void {
  try {
    diag.error(`opentelemetry-instrumentation-async: ${message}`, error);
  } catch {
    // see warnOnce
  }
}

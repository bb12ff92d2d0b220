import type { Counter } from '@opentelemetry/api';
import { asSelf } from '../../base/self.js';
import { ATTR, METRIC } from '../../semconv.js';
import type { ErrorOrigin } from '../../types.js';
import { MeterBinding } from '../meter-binding.js';
import type { OtelAccess } from '../otel-access.js';
import { WORKER_ATTRIBUTE } from '../thread-attribute.js';

const MOST_TYPES = 100;
/** The conventions' value for what must not become a series of its own. */
export const OTHER_TYPE = '_OTHER';

/** `async.unhandled_error`. What was counted before there is a meter provider is added once there is one. */
export class UnhandledErrorCounter {
  readonly #types = new Set<string>();
  readonly #waiting = new Map<string, { type: string; origin: ErrorOrigin; count: number }>();
  readonly #binding: MeterBinding;
  #counter: Counter | undefined;

  constructor(otel: OtelAccess) {
    this.#binding = new MeterBinding(otel, (meter) => {
      this.#counter = meter.createCounter(METRIC.UNHANDLED_ERROR, {
        unit: '{error}',
        description:
          'Unhandled rejections and uncaught exceptions, those included whose records were folded.',
      });
      for (const { type, origin, count } of this.#waiting.values()) this.#add(type, origin, count);
      this.#waiting.clear();
      return () => {
        this.#counter = undefined;
      };
    });
  }

  count(type: string, origin: ErrorOrigin): void {
    const bounded = this.#bounded(type);
    this.#binding.refresh();
    if (this.#counter !== undefined) {
      this.#add(bounded, origin, 1);
      return;
    }
    const key = `${origin} ${bounded}`;
    const waiting = this.#waiting.get(key);
    if (waiting) waiting.count++;
    else this.#waiting.set(key, { type: bounded, origin, count: 1 });
  }

  refresh(): void {
    this.#binding.refresh();
  }

  release(): void {
    this.#binding.release();
  }

  #bounded(type: string): string {
    if (!this.#types.has(type) && this.#types.size >= MOST_TYPES) return OTHER_TYPE;
    this.#types.add(type);
    return type;
  }

  #add(type: string, origin: ErrorOrigin, count: number): void {
    const attributes = { [ATTR.ERROR_TYPE]: type, [ATTR.ERROR_ORIGIN]: origin, ...WORKER_ATTRIBUTE };
    asSelf(() => this.#counter?.add(count, attributes));
  }
}

import type { Context, Span, Tracer } from '@opentelemetry/api';
import { warnOnce } from '../../base/guard.js';
import { inSelf } from '../../base/self.js';
import { SCOPE } from '../../semconv.js';
import type { Stop } from '../../types.js';
import type { OtelAccess } from '../otel-access.js';

/** Told of every recording span of the application's; of our own where it says so. Exceptions are caught. */
export interface SpanListener {
  /** `parent` is the context the span was started in; `root` that it was asked to ignore it. */
  started(span: Span, parent: Context | undefined, root: boolean): void;
  /** After the span has ended. Called once a span. */
  ended(span: Span): void;
  /** Just before a span of ours ends: a processor may export it within its `end`. */
  ownEnding?(span: Span): void;
}

type StartSpan = Tracer['startSpan'];
type EndSpan = Span['end'];

interface Patch {
  holder: Record<string, unknown>;
  name: string;
  original: unknown;
  replacement: unknown;
}

/**
 * The one place where spans are seen: `startSpan` on the prototype of the SDK's tracers, and `end` on that of its
 * spans. Both are public names of SDK 2 and 3, and prototypes are shared with tracers that were taken before us.
 */
export class SpanSeam {
  readonly #listeners = new Set<SpanListener>();
  readonly #patches: Patch[] = [];
  #seen = new WeakSet<object>();

  constructor(private readonly otel: OtelAccess) {}

  listen(listener: SpanListener): Stop {
    this.#listeners.add(listener);
    this.refresh();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.#restore();
    };
  }

  /** Follows a provider that was set or replaced. Cheap when nothing changed. */
  refresh(): void {
    if (this.#listeners.size === 0) return;
    const provider = this.otel.tracerProvider();
    if (provider === undefined || this.#seen.has(provider)) return;
    this.#seen.add(provider);
    try {
      this.#patch(provider.getTracer(SCOPE), 'startSpan', this.#startSpan);
    } catch (error) {
      warnOnce('span seam', `the tracer could not be observed: ${String(error)}`);
    }
  }

  readonly #startSpan = (original: StartSpan): StartSpan => {
    const seam = this;
    return function startSpan(this: Tracer, name, options, context) {
      const span = original.call(this, name, options, context);
      if (inSelf()) seam.#ownStarted(span);
      else seam.#started(span, context, options?.root === true);
      return span;
    };
  };

  #started(span: Span, context: Context | undefined, root: boolean): void {
    try {
      if (!span.isRecording()) return;
      this.#patchSpan(span);
      const parent = context ?? this.otel.activeContext();
      for (const listener of this.#listeners) listener.started(span, parent, root);
    } catch (error) {
      warnOnce('span started', `a span's start was missed: ${String(error)}`);
    }
  }

  /** It may be the first of all, and the last: in a program without traces, of the error that ends it. */
  #ownStarted(span: Span): void {
    try {
      if (span.isRecording()) this.#patchSpan(span);
    } catch (error) {
      warnOnce('own span started', `a span of ours was missed: ${String(error)}`);
    }
  }

  #patchSpan(span: Span): void {
    const prototype = Object.getPrototypeOf(span);
    if (this.#seen.has(prototype)) return;
    this.#seen.add(prototype);
    this.#patch(span, 'end', (original: EndSpan): EndSpan => {
      const seam = this;
      return function end(this: Span, time) {
        const first = this.isRecording();
        const own = inSelf();
        if (first && own) seam.#ownEnding(this);
        original.call(this, time);
        if (first && !own) seam.#ended(this);
      };
    });
  }

  #ownEnding(span: Span): void {
    try {
      for (const listener of this.#listeners) listener.ownEnding?.(span);
    } catch (error) {
      warnOnce('own span ends', `a span of ours was missed: ${String(error)}`);
    }
  }

  #ended(span: Span): void {
    try {
      for (const listener of this.#listeners) listener.ended(span);
    } catch (error) {
      warnOnce('span ended', `a span's end was missed: ${String(error)}`);
    }
  }

  #patch<F>(instance: object, name: string, wrap: (original: F) => F): void {
    let holder = Object.getPrototypeOf(instance);
    while (holder !== null && !Object.hasOwn(holder, name)) holder = Object.getPrototypeOf(holder);
    if (holder === null || holder === Object.prototype) return;
    const original = holder[name];
    if (typeof original !== 'function' || this.#patches.some((patch) => patch.holder === holder)) return;
    const replacement = wrap(original);
    holder[name] = replacement;
    this.#patches.push({ holder, name, original, replacement });
  }

  #restore(): void {
    for (const { holder, name, original, replacement } of this.#patches) {
      // somebody wrapped it again: theirs stays, and ours does nothing without listeners
      if (holder[name] === replacement) holder[name] = original;
    }
    this.#patches.length = 0;
    this.#seen = new WeakSet();
  }
}

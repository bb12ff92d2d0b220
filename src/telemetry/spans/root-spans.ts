import type { Span } from '@opentelemetry/api';
import { attempt } from '../../base/guard.js';
import type { Stop } from '../../types.js';

export interface RootSpanListener {
  started(root: Span): void;
  ended(root: Span): void;
}

/** Passes on when local root spans that are recorded start and end, from who sees all spans to who asks for these. */
export class RootSpans {
  #listener: RootSpanListener | undefined;

  listen(listener: RootSpanListener): Stop {
    this.#listener = listener;
    return () => {
      if (this.#listener === listener) this.#listener = undefined;
    };
  }

  started(root: Span): void {
    if (this.#listener !== undefined) attempt('the start of a trace', () => this.#listener?.started(root));
  }

  /** Of any span; who listens knows its own. */
  ended(span: Span): void {
    if (this.#listener !== undefined) attempt('the end of a trace', () => this.#listener?.ended(span));
  }
}

export type OtlpErrorCode = 'truncated' | 'malformed' | 'too_deep' | 'too_many';

/**
 * The only error the codec throws on bad input.
 *
 * `truncated`: a length or value reaches past the end. `malformed`: not protobuf, not JSON, or a value of the wrong
 * type. `too_deep`, `too_many`: beyond the limits of nesting and of items, which protect the reader's memory.
 */
export class OtlpError extends Error {
  override readonly name = 'OtlpError';

  constructor(
    readonly code: OtlpErrorCode,
    message: string,
  ) {
    super(message);
  }
}

/** What a decoder spends at most on one message. */
export interface Limits {
  /** Nested messages, counted from the outermost. */
  depth: number;
  /** Messages and list elements, all levels together. */
  items: number;
}

export const DEFAULT_LIMITS: Readonly<Limits> = { depth: 100, items: 1_000_000 };

/** Counts what a decoder has spent. */
export class Allowance {
  #items = 0;

  constructor(private readonly limits: Readonly<Limits>) {}

  descend(depth: number): void {
    if (depth > this.limits.depth) {
      throw new OtlpError('too_deep', `nested deeper than ${this.limits.depth} messages`);
    }
  }

  spend(count = 1): void {
    this.#items += count;
    if (this.#items > this.limits.items) {
      throw new OtlpError('too_many', `more than ${this.limits.items} items in one message`);
    }
  }
}

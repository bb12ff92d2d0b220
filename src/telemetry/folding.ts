import { BoundedMap } from '../base/bounded-map.js';
import type { Clock } from '../base/clock.js';
import { RateLimiter } from '../base/rate-limiter.js';

const PER_MINUTE = 3;
const MINUTE_MS = 60_000;
/** For all kinds of errors together: a program can make a new kind at each failure. */
const TOTAL_PER_SECOND = 5;
const TOTAL_BURST = 100;
const KINDS_KEPT = 1_000;

/** What is remembered of one kind of error: one type at one place. */
export interface FoldedKind {
  /** When its last records left, at most three. */
  sentAt: number[];
  /** How many have been held back since the last record. */
  folded: number;
  /** Its `error.type` as `redact` let it go; held-back errors are counted under the same. */
  releasedType?: string;
}

/** Three records a minute of each kind of error; the others are counted on the next one. */
export class Folding {
  readonly #kinds: BoundedMap<string, FoldedKind>;
  readonly #total: RateLimiter;

  constructor(
    private readonly clock: Clock,
    onForgotten: (folded: number) => void,
  ) {
    this.#total = new RateLimiter(clock, TOTAL_PER_SECOND, TOTAL_BURST);
    this.#kinds = new BoundedMap(KINDS_KEPT, (_key, kind) => {
      if (kind.folded > 0) onForgotten(kind.folded);
    });
  }

  kindOf(key: string): FoldedKind {
    let kind = this.#kinds.get(key);
    if (kind === undefined) {
      kind = { sentAt: [], folded: 0 };
      this.#kinds.set(key, kind);
    }
    return kind;
  }

  /** Whether a record may leave now; if so `kind.folded` is to be put on it, and set to 0. */
  admits(kind: FoldedKind): boolean {
    const now = this.clock();
    kind.sentAt = kind.sentAt.filter((at) => now - at < MINUTE_MS);
    if (kind.sentAt.length < PER_MINUTE && this.#total.take()) {
      kind.sentAt.push(now);
      return true;
    }
    kind.folded++;
    return false;
  }
}

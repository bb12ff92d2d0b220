/**
 * The flight recorder's memory, shared with the sidecar, which reads it while the main thread is blocked: a ring of
 * events of four numbers, the runs that are not over, and the labels that both refer to. One thread writes.
 */

export interface FlightMemory {
  /** Some numbers of which there is one each (`HEAD`), the runs that are not over, and the ring. */
  numbers: Float64Array;
  /** Where the text of each label ends in `text`. */
  labelEnds: Int32Array;
  text: Uint8Array;
}

export const HEAD = {
  /** What `performance.now()` of the writing thread is counted from, in milliseconds since 1970. */
  ORIGIN: 0,
  /** How many events were written so far; wraps around as 32 bits do. */
  WRITTEN: 1,
  /** How many runs are not over. */
  DEPTH: 2,
  /** How many labels there are. */
  LABELS: 3,
} as const;

/** Runs that are not over, outermost first, each: when it began; task; label; the task's parent. */
export const RUNNING = 8;
/** Runs inside each other that are told of while they go on. */
export const DEPTH = 16;
/** Events, each: when it was; for runs, milliseconds; task; and the rest, see `EVENT`. */
export const RING = RUNNING + 4 * DEPTH;

/** The last number of an event is the sum of these, each multiplied by what stands here. */
export const EVENT = {
  /** See `WHAT`. */
  WHAT: 1,
  /** Index in `OUTCOMES`; 0 where the task goes on. */
  OUTCOME: 2 ** 3,
  LABEL: 2 ** 6,
  /** Of a creation, the parent; of a failure, the label of the error. */
  OTHER: 2 ** 18,
} as const;

/** A first run tells of the creation, too; and any run of the end, by its outcome. */
export const WHAT = { CREATED: 1, RAN: 2, ENDED: 3, FAILED: 4, RAN_FIRST: 5 } as const;

/** A power of two. 16,384 events are half a megabyte. */
const EVENTS = 1 << 14;
/** Less than `EVENT.OTHER / EVENT.LABEL`. */
const LABELS = 4_095;
const TEXT_BYTES = 384 * 1_024;

/** @throws RangeError where shared memory is refused. */
export function createFlightMemory(events = EVENTS): FlightMemory {
  const shared = (bytes: number) => new SharedArrayBuffer(bytes);
  return {
    numbers: new Float64Array(shared((RING + 4 * events) * 8)),
    labelEnds: new Int32Array(shared(LABELS * 4)),
    text: new Uint8Array(shared(TEXT_BYTES)),
  };
}

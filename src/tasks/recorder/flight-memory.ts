/**
 * The flight recorder's memory, shared with the sidecar, which reads it while the main thread is blocked: a ring of
 * events of 32 bytes, the runs that are not over, and the labels that both refer to by number. One thread writes.
 */

export interface FlightMemory {
  /** What `performance.now()` of the writing thread is counted from, in milliseconds since 1970; one number. */
  origin: Float64Array;
  /** See `HEAD`. */
  head: Int32Array;
  /** The ring: four numbers an event, the last two of which are four 32 bit words. */
  times: Float64Array;
  words: Int32Array;
  /** Runs that are not over, outermost first: begin; task and label. */
  runningFrom: Float64Array;
  running: Int32Array;
  /** Where the text of each label ends in `text`. */
  labelEnds: Int32Array;
  text: Uint8Array;
}

export const HEAD = {
  /** How many events were written so far. */
  WRITTEN: 0,
  /** How many runs are not over. */
  DEPTH: 1,
  /** How many labels there are. */
  LABELS: 2,
} as const;

/** Words of an event, after its two times: when, and a number that depends on what it was. */
export const EVENT_WORDS = { WHAT: 4, TASK: 5, LABEL: 6, OTHER: 7 } as const;
export const TIMES = 4;
export const WORDS = 8;

export const WHAT = { CREATED: 1, RAN: 2, ENDED: 3, FAILED: 4 } as const;

/** A power of two. 16,384 events are half a megabyte. */
const EVENTS = 1 << 14;
const DEPTH = 16;
const LABELS = 4_096;
const TEXT_BYTES = 384 * 1_024;

/** @throws RangeError where shared memory is refused. */
export function createFlightMemory(events = EVENTS): FlightMemory {
  const ring = new SharedArrayBuffer(events * TIMES * 8);
  const shared = (bytes: number) => new SharedArrayBuffer(bytes);
  return {
    origin: new Float64Array(shared(8)),
    head: new Int32Array(shared(16)),
    times: new Float64Array(ring),
    words: new Int32Array(ring),
    runningFrom: new Float64Array(shared(DEPTH * 8)),
    running: new Int32Array(shared(DEPTH * 8)),
    labelEnds: new Int32Array(shared(LABELS * 4)),
    text: new Uint8Array(shared(TEXT_BYTES)),
  };
}

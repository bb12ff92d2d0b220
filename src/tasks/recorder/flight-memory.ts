/**
 * The flight recorder's memory, shared with the sidecar, which reads it while the main thread is blocked: a ring of
 * events of four numbers, the runs that are not over, and the labels that both refer to. One thread writes. There is one
 * for as long as the thread, so that the engine can put its address into the code that writes.
 */

export interface FlightMemory {
  /** How much there is of what: see `HEAD`. */
  head: Int32Array;
  /** `ORIGIN`, the runs that are not over, and the ring. */
  numbers: Float64Array;
  /** Where the text of each label ends in `text`. */
  labelEnds: Int32Array;
  text: Uint8Array;
}

export const HEAD = {
  /** How many events were written so far; wraps around as 32 bits do. */
  WRITTEN: 0,
  /** How many runs are not over. */
  DEPTH: 1,
  /** How many labels there are. */
  LABELS: 2,
} as const;
const HEADS = 3;

/** What `performance.now()` of the writing thread is counted from, in milliseconds since 1970. */
export const ORIGIN = 0;
/** Runs that are not over, outermost first, each: when it began; task; and the rest of the event that it will be. */
export const RUNNING = 1;
/** Runs inside each other that are told of while they go on. A power of two. */
export const DEPTH = 16;
/** Events, each: when it was; for runs, milliseconds; task; and the rest, see `EVENT`. */
export const RING = RUNNING + 3 * DEPTH;

/** The last number of an event is the sum of these, each multiplied by what stands here. */
export const EVENT = {
  /** See `WHAT`. */
  WHAT: 1,
  /** Index in `OUTCOMES`; 0 where the task goes on. */
  OUTCOME: 2 ** 3,
  LABEL: 2 ** 6,
  /** Of a creation and of a run, the parent; of a failure, the label of the error. */
  OTHER: 2 ** 18,
} as const;

/** A first run tells of the creation, too; and any run of the end, by its outcome. */
export const WHAT = { CREATED: 1, RAN: 2, ENDED: 3, FAILED: 4, RAN_FIRST: 5 } as const;

/** A power of two. 16,384 events are half a megabyte. */
const EVENTS = 1 << 14;
/** Less than `EVENT.OTHER / EVENT.LABEL`. */
const LABELS = 4_095;
const TEXT_BYTES = 384 * 1_024;

/** Not shared where that is refused. */
export function createFlightMemory(events = EVENTS): FlightMemory {
  return {
    head: new Int32Array(shared(HEADS * 4)),
    numbers: new Float64Array(shared((RING + 4 * events) * 8)),
    labelEnds: new Int32Array(shared(LABELS * 4)),
    text: new Uint8Array(shared(TEXT_BYTES)),
  };
}

function shared(bytes: number): SharedArrayBuffer | ArrayBuffer {
  try {
    return new SharedArrayBuffer(bytes);
  } catch {
    return new ArrayBuffer(bytes);
  }
}

/** Forgets the events. Labels stay: tasks that go on have them. @throws RangeError where the memory is not shared. */
export function emptyFlight({ head, numbers }: FlightMemory): void {
  if (numbers.buffer instanceof ArrayBuffer) throw new RangeError('shared memory is refused');
  // what was never written is not looked at, so that the system need not provide it
  if (head[HEAD.WRITTEN] !== 0) numbers.fill(0, RING);
  head[HEAD.WRITTEN] = head[HEAD.DEPTH] = 0;
}

/**
 * A coarse clock that costs a look at memory: another thread counts it up each millisecond while it is wanted, so that
 * where it stands still nearly no time has gone by. For floods of calls, of which each would else read a real clock.
 */
export interface Pulse {
  /** Has the beats begin, in `words`: see `PULSE`. */
  ask(words: Int32Array): void;
}

export const PULSE = {
  /** Changes with each beat; 0 where there are none. */
  BEAT: 0,
  /** How many more beats are wanted. */
  WANTED: 1,
} as const;

/** Beats that are asked for at once: so many come after a flood has ended. */
export const BEATS_AHEAD = 100;

/** For both threads; where shared memory is refused there is no other, and no beat. */
export function createPulseWords(): Int32Array {
  const bytes = Object.keys(PULSE).length * Int32Array.BYTES_PER_ELEMENT;
  try {
    return new Int32Array(new SharedArrayBuffer(bytes));
  } catch {
    return new Int32Array(new ArrayBuffer(bytes));
  }
}

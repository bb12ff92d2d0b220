/**
 * A coarse clock that costs a look at memory: another thread counts it up each millisecond while it is wanted, so that
 * where it stands still nearly no time has gone by. For floods of calls, of which each would else read a real clock.
 */
export interface Pulse {
  words: Int32Array;
  /** Word that changes with each beat; 0 where there are none. */
  beat: number;
  /** Word with how many more beats are wanted. */
  wanted: number;
  /** Has the beats begin. */
  ask(): void;
}

/** Beats that are asked for at once: so many come after a flood has ended. */
export const BEATS_AHEAD = 100;

import { BEATS_AHEAD, createPulseWords, PULSE, type Pulse } from './pulse.js';
import type { TaskRegistry } from './registry.js';
import { TIMES } from './task-stack.js';

/** When what compiled functions tell of happens: `function-calls.ts` says why it is made of closures. */
export function createCallClock(tasks: TaskRegistry) {
  const { times } = tasks;
  const { NOW } = TIMES;
  const { BEAT, WANTED } = PULSE;
  /** The clock is read for each event up to so many runs in four milliseconds: that is a twentieth of the time. */
  const READS = 2_048;
  const READS_MS = 4;
  /** Asked for again no sooner. */
  const ASK_AGAIN_MS = 100;
  /** While there are beats, at a beat and for one of so many runs. A power of two. */
  const READ_ONE_IN = 32;
  /** Fewer runs between two beats are no flood. */
  const FLOOD_RUNS = 256;
  /** Who counts the beats is gone, or kept from running, where it misses so many. */
  const STILL_MS = 10;
  const NO_BEAT = -1;
  let countedBeat = NO_BEAT;
  let countedMs = 0;
  let windowMs = 0;
  let askedMs = Number.NEGATIVE_INFINITY;
  let pulse: Pulse | undefined;
  const beats = createPulseWords();
  /** The beat at which the clock was read last, and the runs since the last that was counted: see `TaskStack.times`. */
  const marks = new Int32Array(32);
  const SEEN = 0;
  const RUNS = 1;
  marks[SEEN] = NO_BEAT;

  /**
   * A run begins: whether to read the clock, or to go on with the last reading. In a flood of runs it is exact to a beat
   * of the pulse or to a few runs, whichever is less. Apart from `read`, so that the engine takes in this and not that.
   */
  function begins(): boolean {
    const runs = ((marks[RUNS] as number) + 1) | 0;
    marks[RUNS] = runs;
    return beats[BEAT] !== marks[SEEN] || (runs & (READ_ONE_IN - 1)) === 0;
  }

  /** The same where it ends. */
  function ends(): boolean {
    return beats[BEAT] !== marks[SEEN];
  }

  function read(): void {
    const beat = beats[BEAT] as number;
    tasks.read();
    marks[SEEN] = beat === 0 ? NO_BEAT : beat;
    if (beat === 0 ? (marks[RUNS] as number) >= READS : isDue(beat)) count(beat);
  }

  function isDue(beat: number): boolean {
    return beat !== countedBeat || (times[NOW] as number) - countedMs > STILL_MS;
  }

  function count(beat: number): void {
    const { now } = tasks;
    const runs = marks[RUNS] as number;
    marks[RUNS] = 0;
    if (beat !== 0) {
      if (beat === countedBeat) {
        marks[SEEN] = NO_BEAT;
        beats[BEAT] = 0;
      } else if (runs >= FLOOD_RUNS) beats[WANTED] = BEATS_AHEAD;
      countedBeat = beat;
      countedMs = now;
      return;
    }
    if (now - windowMs < READS_MS && now - askedMs > ASK_AGAIN_MS) {
      askedMs = now;
      pulse?.ask(beats);
    }
    windowMs = now;
  }

  /** `undefined`: each event reads the clock. */
  function setPulse(next: Pulse | undefined): void {
    pulse = next;
    if (next === undefined) beats[BEAT] = 0;
  }

  /** Time may have gone by that is no function's: the next event reads the clock. */
  function turn(): void {
    marks[SEEN] = NO_BEAT;
  }

  return { beats, begins, ends, read, setPulse, turn };
}

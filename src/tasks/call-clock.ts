import { BEATS_AHEAD, type Pulse } from './pulse.js';
import type { TaskRegistry } from './registry.js';

/** When what compiled functions tell of happens: `function-calls.ts` says why it is made of closures. */
export function createCallClock(tasks: TaskRegistry) {
  /** The clock is read for each event up to so many in four milliseconds: that is a twentieth of the time. */
  const READS = 4_096;
  const READS_MS = 4;
  /** Asked for again no sooner. */
  const ASK_AGAIN_MS = 100;
  /** While there are beats, at a beat and for one of so many events. A power of two. */
  const READ_ONE_IN = 32;
  /** Fewer events between two beats are no flood. */
  const FLOOD_EVENTS = 512;
  const NO_BEATS = new Int32Array(1);
  let words: Int32Array = NO_BEATS;
  let beatWord = 0;
  const NO_BEAT = -1;
  let lastBeat = NO_BEAT;
  let countedBeat = NO_BEAT;
  let events = 0;
  let windowMs = 0;
  let askedMs = Number.NEGATIVE_INFINITY;
  let pulse: Pulse | undefined;

  /** The time; in a flood of events, to a beat of the pulse or to a few events, whichever is less. */
  function time(): number {
    const beat = words[beatWord] as number;
    return (++events & (READ_ONE_IN - 1)) !== 0 && beat === lastBeat ? tasks.now : exactTime(beat);
  }

  function exactTime(beat: number): number {
    const now = tasks.read();
    if (beat !== 0) {
      lastBeat = beat;
      if (beat === countedBeat) return now;
      countedBeat = beat;
      if (events >= FLOOD_EVENTS && pulse !== undefined) words[pulse.wanted] = BEATS_AHEAD;
      events = 0;
    } else {
      lastBeat = NO_BEAT;
      if (events < READS) return now;
      events = 0;
      if (now - windowMs < READS_MS && now - askedMs > ASK_AGAIN_MS) askForBeats(now);
      windowMs = now;
    }
    return now;
  }

  function askForBeats(now: number): void {
    askedMs = now;
    pulse?.ask();
  }

  /** `undefined`: each event reads the clock. */
  function setPulse(next: Pulse | undefined): void {
    pulse = next;
    words = next?.words ?? NO_BEATS;
    beatWord = next?.beat ?? 0;
  }

  /** Time may have gone by that is no function's: the next event reads the clock. */
  function turn(): void {
    lastBeat = NO_BEAT;
  }

  return { time, setPulse, turn };
}

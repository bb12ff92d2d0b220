import { BoundedMap } from '../base/bounded-map.js';
import type { ThrownDescription } from '../base/thrown.js';
import { nearestUserFrame, parseStack } from '../tasks/sites/stack-text.js';
import { originOf } from '../tasks/sites/user-code.js';
import type { CodeLocation } from '../types.js';

/** What the frames of an error say. */
export interface ThrowPlace {
  /** The nearest frame of user code, else the topmost one; as V8 names it, before source maps. */
  site: CodeLocation | undefined;
  /** Born in OpenTelemetry's packages or in ours. */
  isOwn: boolean;
  hasUserFrame: boolean;
}

/** Stand between the application and its libraries, in stacks of errors that are not theirs. */
const PASSED_THROUGH = /[\\/]@opentelemetry[\\/](instrumentation|api|context-|auto-)/;
const MEMO_TEXT_LENGTH = 4_000;
/** A flood is the same few stacks over and over. */
const memo = new BoundedMap<string, ThrowPlace>(200);

export function throwPlaceOf(thrown: ThrownDescription): ThrowPlace {
  const text = thrown.frames.join('\n');
  let place = memo.get(text);
  if (place === undefined) {
    place = read(text);
    if (text.length <= MEMO_TEXT_LENGTH) memo.set(text, place);
  }
  return place;
}

/** After what counts as user code has changed. */
export function forgetThrowPlaces(): void {
  memo.clear();
}

function read(text: string): ThrowPlace {
  const frames = parseStack(text);
  const userFrame = nearestUserFrame(frames);
  return { site: userFrame ?? frames[0], isOwn: isBornInside(frames), hasUserFrame: userFrame !== undefined };
}

/** An instrumentation on the stack of a failing query is no birth, unless it stands on top of it. */
function isBornInside(frames: readonly CodeLocation[]): boolean {
  let onTop = true;
  for (const { file } of frames) {
    const origin = originOf(file);
    if (origin === 'node' || origin === 'builtin') continue;
    if (origin === 'user') return false;
    if (origin === 'self' || (origin === 'opentelemetry' && (onTop || !PASSED_THROUGH.test(file))))
      return true;
    onTop = false;
  }
  return false;
}

import type { CodeLocation } from '../../types.js';
import { originAt } from './bundles.js';

/** No stack needs more; a custom format may put anything into `err.stack`. */
const MAX_TEXT = 64 * 1024;
const MAX_LINE = 2_048;
const FRAME = /^\s{1,8}at (?:async )?(.*)$/;
const POSITION = /^(.+):(\d{1,9}):(\d{1,9})$/;
const EVAL_ORIGIN = /\(([^()]+:\d{1,9}:\d{1,9})\)+(?:, .*)?$/;

/**
 * The frames of an `err.stack` in V8's format that have a place, nearest first, at most `limit`. Builtins and frames
 * without a position are left out; what `eval` runs stands where `eval` was called. Of a text in another format
 * nothing remains. The names are as in the text, `file:` URLs too. Looks at the first 64 KiB.
 */
export function parseStack(text: string, limit = 50): CodeLocation[] {
  const frames: CodeLocation[] = [];
  let start = 0;
  const head = text.length > MAX_TEXT ? text.slice(0, MAX_TEXT) : text;
  while (start <= head.length && frames.length < limit) {
    let end = head.indexOf('\n', start);
    if (end < 0) end = head.length;
    if (end - start <= MAX_LINE) {
      const frame = parseFrame(head.slice(start, end));
      if (frame !== undefined) frames.push(frame);
    }
    start = end + 1;
  }
  return frames;
}

/** The first frame of the user's own code. */
export function nearestUserFrame(frames: readonly CodeLocation[]): CodeLocation | undefined {
  return frames.find((frame) => originAt(frame.file, frame.line, frame.column) === 'user');
}

function parseFrame(lineText: string): CodeLocation | undefined {
  const frame = FRAME.exec(lineText.trimEnd())?.[1];
  if (frame === undefined) return undefined;
  // `name (place)`, or the place alone
  const open = frame.endsWith(')') ? placeStart(frame) : -1;
  const name = open < 0 ? undefined : functionName(frame.slice(0, open));
  const place = open < 0 ? frame : frame.slice(open + 2, -1);
  const origin = place.startsWith('eval at ') ? EVAL_ORIGIN.exec(place)?.[1] : place;
  const position = POSITION.exec(origin ?? '');
  if (position === null) return undefined;
  const location = { file: position[1] as string, line: Number(position[2]), column: Number(position[3]) };
  return name === undefined ? location : { functionName: name, ...location };
}

/** Where ` (place)` begins: the bracket that the last one closes, since places have brackets too (`/a (1)/b.js`). */
function placeStart(frame: string): number {
  let depth = 0;
  for (let i = frame.length - 1; i > 0; i--) {
    const char = frame[i];
    if (char === ')') depth++;
    else if (char === '(' && --depth === 0) return frame[i - 1] === ' ' ? i - 1 : -1;
  }
  return -1;
}

function functionName(text: string): string | undefined {
  const name = text.replace(/ \[as [^\]]*\]$/, '').replace(/^new /, '');
  return name === '' || name.endsWith('<anonymous>') ? undefined : name;
}

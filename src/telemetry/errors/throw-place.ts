import { BoundedMap } from '../../base/bounded-map.js';
import type { ThrownDescription } from '../../base/thrown.js';
import { nearestUserFrame, parseStack } from '../../tasks/sites/stack-text.js';
import { originOf } from '../../tasks/sites/user-code.js';
import type { CodeLocation } from '../../types.js';

/** What the frames of an error say. */
export interface ThrowPlace {
  /** The nearest frame of user code, else the topmost one; as V8 names it, before source maps. */
  site: CodeLocation | undefined;
  /** Born in OpenTelemetry's packages or in ours. */
  isOwn: boolean;
  /** No frame but Node's: a socket's own error, or a name that did not resolve. */
  nodeAlone: boolean;
}

const OPENTELEMETRY = /[\\/]node_modules[\\/]@opentelemetry[\\/]/;
/**
 * Packages and files of OpenTelemetry's that do work of their own, and call nobody else's code but their libraries'
 * (gRPC). The others stand on the stacks of the application's errors: a tracer below the callback of an active span,
 * an instrumentation below a failing query.
 */
const AT_WORK =
  /[\\/]node_modules[\\/]@opentelemetry[\\/]((exporter|otlp|resource|sdk-logs|sdk-metrics)|.*(SpanProcessor|SpanExporter))/;
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
  const nodeAlone = frames.every(({ file }) => originOf(file) === 'node');
  return { site: userFrame ?? frames[0], isOwn: isBornInside(frames), nodeAlone };
}

/** On top of the stack, or at work with none of the application's own code above. */
function isBornInside(frames: readonly CodeLocation[]): boolean {
  for (const [depth, { file }] of frames.entries()) {
    const origin = originOf(file);
    if (origin === 'user') return false;
    if (depth === 0 && (origin === 'self' || OPENTELEMETRY.test(file))) return true;
    if (AT_WORK.test(file)) return true;
  }
  return false;
}

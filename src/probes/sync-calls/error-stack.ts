import type { AnyFunction } from '../../tasks/sites/call-sites.js';

// taken before the application can replace them
const { captureStackTrace } = Error;
const { defineProperty, getOwnPropertyDescriptor } = Object;

const sourceOf = Function.prototype.toString;

const FRAME = /^\s+at /;

/**
 * Takes the frame of `own` out of an error's stack, and where the stack was cut off there puts the next frame in, so
 * that it reads as if `own` had not stood between. `Error.prepareStackTrace` is not touched: where the application has
 * set one, only the frame's line is taken out, and what is no text stays as it is. Never throws.
 */
export function hideFrame(error: unknown, own: AnyFunction): void {
  try {
    if (typeof error !== 'object' || error === null) return;
    const property = getOwnPropertyDescriptor(error, 'stack');
    if (property?.configurable !== true) return;
    const below: { stack?: string } = {};
    if (isFormattedByNode()) captureStackTrace(below, own);
    const limit = Error.stackTraceLimit;
    const { get } = property;
    if (get === undefined) {
      defineProperty(error, 'stack', { ...property, value: without(property.value, own.name, below, limit) });
      return;
    }
    // since Node 22: not formatted before somebody reads it
    let stack: unknown;
    let isKnown = false;
    defineProperty(error, 'stack', {
      ...property,
      get() {
        if (!isKnown) stack = without(get.call(error), own.name, below, limit);
        isKnown = true;
        return stack;
      },
      set(value: unknown) {
        stack = value;
        isKnown = true;
      },
    });
  } catch {
    // a frozen error, or one whose stack is an accessor that throws: it stays as it is
  }
}

/** Node sets a function of its own there; another one is the application's, and is not to be called for us. */
function isFormattedByNode(): boolean {
  const prepare: unknown = Error.prepareStackTrace;
  return typeof prepare !== 'function' || /\binternalPrepareStackTrace\b/.test(sourceOf.call(prepare));
}

/** @param limit how many frames the stack may have. */
function without(stack: unknown, name: string, below: { stack?: string }, limit: unknown): unknown {
  if (typeof stack !== 'string') return stack;
  const lines = stack.split('\n');
  const index = lines.findIndex((line) => FRAME.test(line) && line.includes(name));
  if (index < 0) return stack;
  const frames = lines.filter((line) => FRAME.test(line)).length;
  let last = index;
  while (last + 1 < lines.length && FRAME.test(lines[last + 1] as string)) last++;
  if (typeof limit === 'number' && frames >= limit) {
    const next = below.stack?.split('\n').filter((line) => FRAME.test(line))[last - index];
    if (next !== undefined) lines.splice(last + 1, 0, next);
  }
  lines.splice(index, 1);
  return lines.join('\n');
}

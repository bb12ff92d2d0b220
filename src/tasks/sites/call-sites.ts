import { util } from '../../base/builtins.js';

/**
 * Lends `Error.prepareStackTrace` and `Error.stackTraceLimit` to one capture and gives them back before anyone can
 * look. The user's own `prepareStackTrace` is never called for our captures, and user code never sees ours.
 */
export type AnyFunction = (...args: never) => unknown;
export type CallSiteVisitor = (callSites: readonly NodeJS.CallSite[]) => void;

/** What `util.getCallSites` reports of a frame; functions of the engine itself are missing from it. */
export interface PlainCallSite {
  functionName: string;
  scriptName: string;
  lineNumber: number;
  columnNumber: number;
}

type PropertyName = 'prepareStackTrace' | 'stackTraceLimit';
type GetCallSites = (frameCount: number, options: { sourceMap: boolean }) => PlainCallSite[];

// taken before the application can replace them
const OriginalError = Error;
const { captureStackTrace } = Error;
const { getOwnPropertyDescriptor, defineProperty, isExtensible } = Object;
// since 22.9
const getCallSites = (util as { getCallSites?: GetCallSites }).getCallSites;

/** The object whose `stack` we read: tells our captures from the application's errors. */
const holder: { stack?: unknown } = {};
let visitor: CallSiteVisitor | undefined;
let visits = 0;
let lent = false;
let lentPrepare: PropertyDescriptor | undefined;
let lentLimit: PropertyDescriptor | undefined;

function prepare(error: unknown, callSites: NodeJS.CallSite[]): unknown {
  if (error === holder) {
    const visit = visitor;
    visitor = undefined;
    visit?.(callSites);
    return undefined;
  }
  takeBack();
  const own: unknown = OriginalError.prepareStackTrace;
  return typeof own === 'function' && own !== prepare
    ? own.call(OriginalError, error, callSites)
    : String(error);
}

/**
 * Calls `visit` with at most `depth` frames of the stack below `above`. `visit` must keep no CallSite. Returns false
 * where `Error` cannot be borrowed (frozen, replaced, in use); nothing was captured then. Throws only what `visit`
 * throws, and the RangeError of a full stack.
 */
export function visitCallSites(above: AnyFunction, depth: number, visit: CallSiteVisitor): boolean {
  visits++;
  if (lent) takeBack();
  // Node formats with the Error of `globalThis`, V8 takes the limit from the original one
  if (globalThis.Error !== OriginalError) return false;
  lentPrepare = getOwnPropertyDescriptor(OriginalError, 'prepareStackTrace');
  lentLimit = getOwnPropertyDescriptor(OriginalError, 'stackTraceLimit');
  if (!isLendable(lentPrepare) || !isLendable(lentLimit)) return false;
  lent = true;
  try {
    visitor = visit;
    // first the one that tells whether anything is lent
    if (lentPrepare?.writable === true) OriginalError.prepareStackTrace = prepare;
    else redefine('prepareStackTrace', prepare);
    if (lentLimit?.writable === true) OriginalError.stackTraceLimit = depth;
    else redefine('stackTraceLimit', depth);
    captureStackTrace(holder, above);
    void holder.stack;
    // in the midst of another stack being formatted V8 makes text itself
    return visitor === undefined;
  } finally {
    takeBack();
  }
}

/** How often `visitCallSites` has been called: by one that came in between, it is not what it was. */
export function visitsSoFar(): number {
  return visits;
}

/** Absent, accessor and read-only properties are lent by redefining them: no accessor of the application's is called. */
function isLendable(property: PropertyDescriptor | undefined): boolean {
  if (property === undefined) return isExtensible(OriginalError);
  return property.writable === true || property.configurable === true;
}

function redefine(name: PropertyName, value: unknown): void {
  defineProperty(OriginalError, name, { value, writable: true, configurable: true, enumerable: true });
}

/**
 * Gives everything back. `vm` timeouts end code without running `finally`: where that hits a capture, the next
 * capture, or the first error formatted, does it instead.
 */
function takeBack(): void {
  visitor = undefined;
  if (OriginalError.prepareStackTrace === prepare) {
    if (lent) giveBack('stackTraceLimit', lentLimit);
    giveBack('prepareStackTrace', lentPrepare);
  }
  lent = false;
}

function giveBack(name: PropertyName, property: PropertyDescriptor | undefined): void {
  if (property?.writable === true) (OriginalError as Record<PropertyName, unknown>)[name] = property.value;
  else if (property !== undefined) defineProperty(OriginalError, name, property);
  else delete (OriginalError as Partial<Record<PropertyName, unknown>>)[name];
}

/** The stack below `above` without touching `Error`; empty where this Node cannot (before 22.9). */
export function plainCallSites(above: AnyFunction, depth: number): readonly PlainCallSite[] {
  if (getCallSites === undefined) return [];
  // some frames of our own stand above `above`
  const frames = getCallSites(Math.min(200, depth + 12), { sourceMap: false });
  const last = frames.slice(0, 12).findIndex((frame) => frame.functionName === above.name);
  return frames.slice(last + 1, last + 1 + depth);
}

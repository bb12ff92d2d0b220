import { util } from './builtins.js';

/**
 * What can be said of a thrown value: anything can be thrown, and any part of it may throw when it is looked at.
 * Plain bounded strings; nothing of the value itself is kept.
 */
export interface ThrownDescription {
  /** Fit for `error.type`: the name of an error, `typeof` of a primitive, else the name of the constructor. */
  type: string;
  /** The name of its constructor, where that is another. */
  constructorName?: string;
  /** At most 8 KiB; empty where there is none. Of an object that is no error only a `message` of its own. */
  message: string;
  /** The lines of the stack that are frames, at most 50. */
  frames: readonly string[];
  /** `ECONNREFUSED`, `ERR_ASSERTION` and the like. */
  code?: string;
  isError: boolean;
}

const MAX_MESSAGE = 8_192;
const MAX_FRAMES = 50;
const MAX_LINE = 1_000;
/** Where frames are looked for, counted from the end of the message. */
const MAX_STACK = 65_536;
const MAX_CAUSES = 5;
const NAME = /^[\p{L}_$][\p{L}\p{N}_$.:-]{0,99}$/u;
const CODE = /^[A-Z][A-Z0-9_]{1,60}$/;
const FRAME = /^\s*at \S/;

/** Never throws, whatever `value` is; reads each property once. */
export function describeThrown(value: unknown): ThrownDescription {
  if (typeof value === 'string') return { ...PRIMITIVE, type: 'string', message: clip(value, MAX_MESSAGE) };
  if (value === null || (typeof value !== 'object' && typeof value !== 'function')) {
    if (value === null || value === undefined) return { ...PRIMITIVE, type: String(value), message: '' };
    return { ...PRIMITIVE, type: typeof value, message: clip(String(value), MAX_MESSAGE) };
  }
  const stack = read(value, 'stack');
  const isError = util.types.isNativeError(value) || typeof stack === 'string';
  const message = read(value, 'message');
  const text = typeof message === 'string' ? message : '';
  const code = read(value, 'code');
  const made = constructorName(value);
  const type = typeNameOf(value, isError, made);
  const description: ThrownDescription = {
    type,
    message: clip(text, MAX_MESSAGE),
    frames: typeof stack === 'string' ? frameLines(stack, text) : [],
    isError,
  };
  if (made !== undefined && made !== type) description.constructorName = made;
  if (typeof code === 'string' && CODE.test(code)) description.code = code;
  return description;
}

const PRIMITIVE = { frames: [], isError: false } as const;

/**
 * The causes of a thrown value and the members of an aggregate, nearest first, at most five: a chain may be ten
 * thousand deep or bite its own tail. `more` tells that some were left out.
 */
export function describeCauses(value: unknown): { causes: ThrownDescription[]; more: boolean } {
  const seen = new Set<unknown>([value]);
  const queue = causesOf(value);
  const causes: ThrownDescription[] = [];
  while (queue.length > 0) {
    const cause = queue.shift();
    if (seen.has(cause)) continue;
    if (causes.length === MAX_CAUSES) return { causes, more: true };
    seen.add(cause);
    causes.push(describeThrown(cause));
    queue.push(...causesOf(cause));
  }
  return { causes, more: false };
}

/** `object[key]`; `undefined` where reading it throws. */
export function read(object: unknown, key: PropertyKey): unknown {
  try {
    return (object as Record<PropertyKey, unknown>)[key];
  } catch {
    return undefined;
  }
}

function typeNameOf(value: object, isError: boolean, made: string | undefined): string {
  if (!isError) return made ?? (typeof value === 'function' ? 'function' : 'Object');
  const name = read(value, 'name');
  // a class that never set `name` is still known by its own
  if (typeof name === 'string' && NAME.test(name) && name !== 'Error') return name;
  return made ?? 'Error';
}

function constructorName(value: object): string | undefined {
  const made = read(value, 'constructor');
  const name = read(made, 'name');
  return typeof name === 'string' && NAME.test(name) ? name : undefined;
}

function causesOf(value: unknown): unknown[] {
  const cause = typeof value === 'object' && value !== null ? read(value, 'cause') : undefined;
  return cause === undefined ? membersOf(value) : [cause, ...membersOf(value)];
}

/** The first errors of an `AggregateError`, or of an array that was thrown. */
export function membersOf(value: unknown): unknown[] {
  if (typeof value !== 'object' || value === null) return [];
  const members: unknown[] = [];
  try {
    const errors = Array.isArray(value) ? value : read(value, 'errors');
    if (!Array.isArray(errors)) return [];
    for (let i = 0; i < errors.length && i <= MAX_CAUSES; i++) members.push(read(errors, i));
  } catch {
    // a revoked proxy
  }
  return members;
}

/**
 * The message stands in the stack too, and may itself look like frames: it is skipped where it is found at the head.
 */
function frameLines(stack: string, message: string): string[] {
  const at = message === '' ? -1 : stack.slice(0, message.length + 200).indexOf(message);
  const from = at < 0 ? firstFrame(stack) : at + message.length;
  const lines: string[] = [];
  for (const line of stack.slice(from, from + MAX_STACK).split('\n')) {
    if (!FRAME.test(line)) continue;
    lines.push(`    ${clip(line.trim(), MAX_LINE)}`);
    if (lines.length === MAX_FRAMES) break;
  }
  return lines;
}

function firstFrame(stack: string): number {
  return Math.max(stack.search(/^[ \t]{0,8}at \S/m), 0);
}

function clip(text: string, max: number): string {
  if (text.length <= max) return text;
  const cut = `… (${text.length} characters)`;
  return text.slice(0, max - cut.length) + cut;
}

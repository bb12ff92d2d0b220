import { originAt } from './bundles.js';
import type { PlainCallSite } from './call-sites.js';
import { builtinName, type Definition, definitionOf, evaluatedAt } from './raw-frames.js';
import { classification, type FrameOrigin, originOf } from './user-code.js';

/** A place in the running code, as V8 knows it: before source maps. Immutable, plain data, safe to keep. */
export interface Site {
  /** Null at the top level of a script and in an unnamed function. A builtin's reads like `new Promise`, `Array.map`. */
  readonly functionName: string | null;
  /** A path, `file:` URL or `node:` name; null for builtins. */
  readonly file: string | null;
  /** Lines and columns count from 1; 0 for builtins. */
  readonly line: number;
  readonly column: number;
  /** Where the function itself begins; 0 where not known. */
  readonly definitionLine: number;
  readonly definitionColumn: number;
  /** The first place of its function that was seen, shared by all of them. Absent where the function is not known. */
  readonly first?: FirstPlace;
  readonly origin: FrameOrigin;
  /** It is where its author wrote it, whatever code runs in the place of its file: there is nothing to map. */
  readonly written?: true;
}

/** Entering a function is a place of its own, ahead of all others in it. */
interface FirstPlace {
  line: number;
  column: number;
}

type NewSite = Site & { origin: FrameOrigin };

const CAPACITY = 20_000;
const MAX_NAME_LENGTH = 512;
/** Where `promisify` stands, and with it what it makes. */
export const PROMISIFY_FILE = 'node:internal/util';
/** Columns and lines up to here make a key that is a small integer. */
const SMALL_COLUMN = 1 << 10;
const SMALL_LINE = 1 << 20;

let size = 0;
let generation = 0;
let evictions = 0;
/** Sites of the user's, as far as the names of their scripts tell. */
let unsettled: NewSite[] = [];
let places = new Map<string, Map<number, Site>>();
let builtins = new Map<string, Site>();
let functions = new Map<string, Map<number, FirstPlace>>();

/** How often the table was full and emptied. Sites held elsewhere stay valid; equal ones are then two objects. */
export function siteTableEvictions(): number {
  return evictions;
}

function clear(): void {
  size = 0;
  generation = classification.generation;
  places = new Map();
  builtins = new Map();
  functions = new Map();
}

/** The site of a frame: the same object for the same place, while the table holds it. */
export function siteOf(callSite: NodeJS.CallSite): Site {
  if (generation !== classification.generation) clear();
  const file = callSite.getFileName() as string | null | undefined;
  if (!file) return callSite.isEval() ? evalSite(callSite) : builtinSite(callSite);
  const line = callSite.getLineNumber() ?? 0;
  const column = callSite.getColumnNumber() ?? 0;
  const key = placeKey(line, column);
  const known = places.get(file)?.get(key);
  if (known === undefined) return addCallSite(callSite, file, line, column, key);
  return file === PROMISIFY_FILE ? named(known, callSite.getFunctionName()) : known;
}

/** What `promisify` makes is one piece of code under many names. */
function named(site: Site, functionName: string | null): Site {
  return site.functionName === functionName ? site : { ...site, functionName };
}

/**
 * Whether a frame that makes a promise is its function being entered, and not somewhere inside it, as `import()` is.
 * Sure once the function has been seen entered.
 */
export function isEntry({ first, line, column }: Site): boolean {
  return first === undefined || (first.line === line && first.column === column);
}

/** The same for a frame of `util.getCallSites`, which knows less. */
export function siteOfPlain(frame: PlainCallSite): Site {
  const { scriptName, lineNumber: line, columnNumber: column } = frame;
  const key = placeKey(line, column);
  return (
    places.get(scriptName)?.get(key) ??
    add(scriptName, key, {
      functionName: frame.functionName || null,
      file: shorten(scriptName),
      line,
      column,
      definitionLine: 0,
      definitionColumn: 0,
      origin: originOf(scriptName),
    })
  );
}

/**
 * Tells libraries in bundles apart from user code, which may read a file: not to be done in the midst of a capture. To
 * be called after each, before anyone sees a site.
 */
export function settleOrigins(): void {
  if (unsettled.length === 0) return;
  const sites = unsettled;
  unsettled = [];
  for (const site of sites) site.origin = originAt(site.file as string, site.line, site.column);
}

function placeKey(line: number, column: number): number {
  return line < SMALL_LINE && column < SMALL_COLUMN
    ? line * SMALL_COLUMN + column
    : -(line * 0x400_0000 + column);
}

function addCallSite(
  callSite: NodeJS.CallSite,
  file: string,
  line: number,
  column: number,
  key: number,
): Site {
  const definition = definitionOf(callSite);
  return add(file, key, {
    functionName: callSite.getFunctionName(),
    file: shorten(file),
    line,
    column,
    ...definition,
    first: definition.definitionLine === 0 ? undefined : firstPlace(file, definition, line, column),
    origin: originOf(file),
  });
}

function firstPlace(file: string, definition: Definition, line: number, column: number): FirstPlace {
  let ofFile = functions.get(file);
  if (ofFile === undefined) {
    ofFile = new Map();
    if (file.length <= MAX_NAME_LENGTH) functions.set(file, ofFile);
  }
  const key = placeKey(definition.definitionLine, definition.definitionColumn);
  let first = ofFile.get(key);
  if (first === undefined) {
    first = { line, column };
    ofFile.set(key, first);
  } else if (line < first.line || (line === first.line && column < first.column)) {
    first.line = line;
    first.column = column;
  }
  return first;
}

function add(file: string, key: number, site: NewSite): Site {
  makeRoom();
  if (site.origin === 'user') unsettled.push(site);
  // a `data:` URL of megabytes would be kept alive as a key
  if (file.length > MAX_NAME_LENGTH) return site;
  let ofFile = places.get(file);
  if (ofFile === undefined) {
    ofFile = new Map();
    places.set(file, ofFile);
  }
  ofFile.set(key, site);
  return site;
}

function makeRoom(): void {
  if (size >= CAPACITY) {
    clear();
    evictions++;
  }
  size++;
}

function builtinSite(callSite: NodeJS.CallSite): Site {
  const key = builtinKey(callSite);
  let site = builtins.get(key);
  if (site === undefined) {
    makeRoom();
    site = {
      functionName: builtinName(String(callSite)),
      file: null,
      line: 0,
      column: 0,
      definitionLine: 0,
      definitionColumn: 0,
      origin: 'builtin',
    };
    builtins.set(key, site);
  }
  return site;
}

/** The two that stand on top of most promises need no text made. */
function builtinKey(callSite: NodeJS.CallSite): string {
  const name = callSite.getFunctionName();
  if (name === 'Promise' && callSite.isConstructor()) return 'new Promise';
  if (name === 'then' && callSite.getTypeName() === 'Promise') return 'Promise.then';
  return String(callSite);
}

/** Code of `eval` and `new Function` has no file of its own: its place is where it was evaluated. */
function evalSite(callSite: NodeJS.CallSite): Site {
  const sourceUrl = callSite.getScriptNameOrSourceURL() as string | null | undefined;
  if (sourceUrl) {
    return siteOfPlain({
      functionName: callSite.getFunctionName() ?? '',
      scriptName: sourceUrl,
      lineNumber: callSite.getLineNumber() ?? 0,
      columnNumber: callSite.getColumnNumber() ?? 0,
    });
  }
  const outermost = evaluatedAt(callSite.getEvalOrigin() ?? '');
  if (outermost === undefined) return builtinSite(callSite);
  return siteOfPlain({
    functionName: callSite.getFunctionName() ?? '',
    scriptName: outermost.file,
    lineNumber: outermost.line,
    columnNumber: outermost.column,
  });
}

/** A copy, where the name is too long, that does not hold the long one. */
function shorten(name: string): string {
  return name.length <= MAX_NAME_LENGTH ? name : `${Buffer.from(name.slice(0, MAX_NAME_LENGTH)).toString()}…`;
}

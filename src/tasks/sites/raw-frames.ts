import type { CodeLocation } from '../../types.js';
import { originAt } from './bundles.js';
import { type AnyFunction, plainCallSites, visitCallSites } from './call-sites.js';
import type { Site } from './site-table.js';

/** A frame with what V8 says of it, and nothing worked out: plain data, on its way to another thread. */
export interface RawFrame {
  functionName: string | null;
  /** Null where the code has no file of its own. */
  file: string | null;
  line: number;
  column: number;
  definitionLine: number;
  definitionColumn: number;
  /** Of code without a file: where V8 says it was evaluated, or else the frame as V8 writes it. */
  evalOrigin?: string;
  text?: string;
}

/** A `data:` URL may have megabytes. */
const MAX_FILE_LENGTH = 512;

/**
 * The frames of the synchronous stack below `above`, nearest first, at most `depth`. To be called in the midst of
 * whatever the thread runs, a function of Node's included: it calls nothing of Node's and reads no file. Never throws;
 * empty where nothing can be known.
 */
export function rawFrames(above: AnyFunction, depth: number): RawFrame[] {
  let frames: RawFrame[] = [];
  try {
    const visit = (callSites: readonly NodeJS.CallSite[]) => {
      frames = callSites.filter((callSite) => !isAsync(callSite)).map(rawFrame);
    };
    if (!visitCallSites(above, depth, visit)) {
      frames = plainCallSites(above, depth).map(({ functionName, scriptName, lineNumber, columnNumber }) => ({
        functionName: functionName || null,
        file: scriptName,
        line: lineNumber,
        column: columnNumber,
        definitionLine: 0,
        definitionColumn: 0,
      }));
    }
  } catch {
    // the stack is full: not to know is an answer
  }
  return frames;
}

/** What a raw frame is, told by another thread. Reads the source map of a bundle, where it is in one. */
export function siteOfRaw({ text, evalOrigin, ...frame }: RawFrame): Site {
  const outermost = evalOrigin === undefined ? undefined : evaluatedAt(evalOrigin);
  const place = outermost === undefined ? frame : { ...frame, ...outermost };
  return place.file === null
    ? { ...place, functionName: builtinName(text ?? ''), origin: 'builtin' }
    : { ...place, origin: originAt(place.file, place.line, place.column) };
}

/** Awaiting callers (`at async f`) are below all frames of the stack. */
export function isAsync(callSite: NodeJS.CallSite): boolean {
  return (callSite as { isAsync?(): boolean }).isAsync?.() === true;
}

function rawFrame(callSite: NodeJS.CallSite): RawFrame {
  const functionName = callSite.getFunctionName();
  const line = callSite.getLineNumber() ?? 0;
  const column = callSite.getColumnNumber() ?? 0;
  const file = callSite.getFileName() as string | null | undefined;
  if (file) return { functionName, file: cut(file), line, column, ...definitionOf(callSite) };
  const place = { functionName, file: null, line: 0, column: 0, definitionLine: 0, definitionColumn: 0 };
  if (!callSite.isEval()) return { ...place, text: String(callSite) };
  const sourceUrl = callSite.getScriptNameOrSourceURL() as string | null | undefined;
  return sourceUrl
    ? { ...place, file: cut(sourceUrl), line, column }
    : { ...place, evalOrigin: callSite.getEvalOrigin() ?? '', text: String(callSite) };
}

function cut(file: string): string {
  return file.length <= MAX_FILE_LENGTH ? file : `${file.slice(0, MAX_FILE_LENGTH)}…`;
}

/** The name of a function of the engine in a frame as V8 writes it. */
export function builtinName(text: string): string {
  return text.replace(/ \(.*\)$/, '');
}

/** The place in a file where V8 says that code was evaluated, in whatever else it was. */
export function evaluatedAt(evalOrigin: string): Pick<CodeLocation, 'file' | 'line' | 'column'> | undefined {
  const place = /\(([^()]+):(\d+):(\d+)\)+$/.exec(evalOrigin);
  return place ? { file: place[1] as string, line: Number(place[2]), column: Number(place[3]) } : undefined;
}

export type Definition = Pick<Site, 'definitionLine' | 'definitionColumn'>;

export function definitionOf(callSite: NodeJS.CallSite): Definition {
  const enclosing = callSite as { getEnclosingLineNumber?(): number; getEnclosingColumnNumber?(): number };
  return {
    definitionLine: enclosing.getEnclosingLineNumber?.() || 0,
    definitionColumn: enclosing.getEnclosingColumnNumber?.() || 0,
  };
}

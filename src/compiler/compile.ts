import { libraries } from './libraries.js';
import { parse } from './parse.js';
import { transform } from './transform.js';

export interface CompileInput {
  source: string;
  /** A path or a `file:` URL, as V8 shows it in stacks. */
  file: string;
  format: 'module' | 'commonjs' | 'script';
  language: 'js' | 'jsx' | 'ts' | 'tsx';
  /** What `source` was made from, where it was: sites are told so. */
  original?: OriginalSource | undefined;
}

/** Lines and columns count from 1. */
export interface OriginalSource {
  placeOf(line: number, column: number): OriginalPlace | undefined;
  /** The author's name for the function that `source` calls `functionName`, by where it begins there. */
  nameOf(functionName: string, line: number, column: number): string;
}

/** A place in what the author wrote; from 1. */
export interface OriginalPlace {
  file: string;
  line: number;
  column: number;
}

export interface Compiled {
  code: string;
  /** A source map, version 3: from the compiled code to the source that was given. */
  map: object;
  /** How many async functions tell of themselves now. */
  functions: number;
  /** How many places where they wait. */
  awaits: number;
  /** Functions left alone, by reason. */
  skipped: Record<string, number>;
}

/** The source stays as it is; `unchanged` says why. */
export type CompileResult = Compiled | { unchanged: string };

/**
 * Puts calls of the runtime around what async functions do, by inserting text alone: nothing is removed, moved or
 * put on another line. Pure. Never throws.
 */
export function compile(input: CompileInput): CompileResult {
  const tools = libraries();
  if (typeof tools === 'string') return { unchanged: tools };
  try {
    const tree = parse(tools, input.source, input);
    const result = transform(tools, tree, input);
    if ('code' in result) parse(tools, result.code, input);
    return result;
  } catch (error) {
    return { unchanged: error instanceof Error ? `${error.name}: ${error.message}` : String(error) };
  }
}

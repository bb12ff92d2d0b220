import { readFileSync } from 'node:fs';
import Module from 'node:module';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { process } from '../base/process.js';
import { RUNTIME_SLOT } from '../compiler/names.js';
import { originOf } from '../tasks/sites/user-code.js';
import { textOf } from './source-text.js';

/** What a load hook was given for a module. */
export interface Loaded {
  format?: string | null | undefined;
  source?: unknown;
}

/** Why a module is not compiled though it is the user's. All but `not the user's code` are counted. */
export type Reason =
  | 'not user code'
  | 'nothing asynchronous'
  | 'compiled already'
  | 'no source'
  | 'source taken away'
  | 'not text'
  | 'too large'
  | 'another loader'
  | 'types transformed'
  | 'not parsed'
  | 'refused'
  | 'unusable source map'
  | 'error';

/** How a text may be read: the first way in which it parses is the one that Node takes. */
export interface Reading {
  format: 'module' | 'commonjs' | 'script';
  language: 'js' | 'jsx' | 'ts' | 'tsx';
}

export interface Candidate {
  file: string;
  text: string;
  readings: readonly Reading[];
}

/** Compiled while a program starts, at some 100 ms for each million characters: more would be felt. */
const MAX_CHARACTERS = 4_000_000;
const FORMATS = ['module', 'commonjs', 'module-typescript', 'commonjs-typescript', 'typescript', undefined];
const SCRIPT_EXTENSIONS = ['', '.js', '.cjs', '.mjs', '.jsx', '.ts', '.cts', '.mts', '.tsx'];
/** Modules that import-in-the-middle makes up, under the address of the one they stand before. */
const STAND_IN = /[?&]iitm=/;

/** Whether a module is to be compiled and how, or why not. Throws where the file of raw TypeScript cannot be read. */
export function candidateOf(url: string, { format, source }: Loaded): Candidate | Reason {
  if (!url.startsWith('file:') || STAND_IN.test(url) || originOf(url) !== 'user') return 'not user code';
  const file = fileURLToPath(url);
  const extension = extname(file);
  if (!FORMATS.includes(format ?? undefined) || !SCRIPT_EXTENSIONS.includes(extension))
    return 'not user code';
  // an addon of no known format has no source either
  if (source === null || source === undefined) return format === 'commonjs' ? 'no source' : 'not user code';
  const text = textOf(source);
  if (text === undefined) return 'not text';
  if (!/\basync\b/.test(text)) return 'nothing asynchronous';
  if (text.includes(RUNTIME_SLOT)) return 'compiled already';
  if (text.length > MAX_CHARACTERS) return 'too large';
  const stripped = format?.endsWith('typescript') === true;
  if (stripped && transformsTypes()) return 'types transformed';
  if (!format?.startsWith('module') && isHandledByAnother(extension)) return 'another loader';
  const language = stripped ? 'ts' : languageOf(extension, text, file);
  const formats: Reading['format'][] = format?.startsWith('module')
    ? ['module']
    : format?.startsWith('commonjs')
      ? ['commonjs']
      : ['commonjs', 'module'];
  return { file, text, readings: formats.map((one) => ({ format: one, language })) };
}

/**
 * Beside a loader of TypeScript the hook sees the text before it or after it, whichever was installed first: the file
 * tells which. JavaScript must not be read as TypeScript: `a < b > (c)` is another program there.
 */
function languageOf(extension: string, text: string, file: string): Reading['language'] {
  if (/^\.[cm]?js$/.test(extension) || extension === '') return 'js';
  if (extension === '.jsx') return 'jsx';
  if (readFileSync(file, 'utf8') !== text) return 'js';
  return extension === '.tsx' ? 'tsx' : 'ts';
}

/** Node makes other code of the types then, with a map that knows nothing of ours. */
function transformsTypes(): boolean {
  const flag = '--experimental-transform-types';
  return process.execArgv.includes(flag) || (process.env.NODE_OPTIONS?.includes(flag) ?? false);
}

/**
 * Whether something else than Node loads CommonJS files of this kind (tsx, ts-node, babel, a coverage tool). It may read
 * the file by itself, or check the types of what it is given.
 */
function isHandledByAnother(extension: string): boolean {
  const { _extensions: extensions } = Module as unknown as { _extensions: Record<string, unknown> };
  const handler: unknown = extensions[extension] ?? extensions['.js'];
  return typeof handler !== 'function' || !/\bloadSource\(/.test(Function.prototype.toString.call(handler));
}

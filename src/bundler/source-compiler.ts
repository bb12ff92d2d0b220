import { readFileSync } from 'node:fs';
import { basename, dirname, extname, relative, sep } from 'node:path';
import { process } from '../base/process.js';
import { compile } from '../compiler/compile.js';
import { libraries } from '../compiler/libraries.js';
import { RUNTIME_SLOT } from '../compiler/names.js';
import type { Reading } from '../loader/candidate.js';
import { type CompiledText, compileText } from '../loader/compiled-text.js';
import { inputMap } from '../loader/map-comment.js';
import { type SourceMap, toSourceMap } from '../loader/source-map.js';
import { originOf, setUserLibraries } from '../tasks/sites/user-code.js';

export interface BundlerOptions {
  /** Packages in `node_modules` that are compiled too, by name, or by scope as `@acme/*`. Default: none. */
  libraries?: readonly string[];
  /** The folder that files are named from in sites. Default: the working directory. */
  root?: string;
}

type Language = Reading['language'];

/** Files of these kinds are compiled, and read as this language where nothing else is known. */
export const LANGUAGES: Readonly<Record<string, Language>> = {
  '.js': 'js',
  '.cjs': 'js',
  '.mjs': 'js',
  '.jsx': 'jsx',
  '.ts': 'ts',
  '.cts': 'ts',
  '.mts': 'ts',
  '.tsx': 'tsx',
};

/** What all bundlers are given: the user's modules, compiled one by one. */
export class SourceCompiler {
  readonly #root: string;

  /** @throws Error where the parser is not installed: a bundle without sites would be a surprise in production. */
  constructor({ libraries: names = [], root = process.cwd() }: BundlerOptions = {}) {
    const tools = libraries();
    if (typeof tools === 'string')
      throw new Error(`compiled sites: npm install -D @babel/parser magic-string (${tools})`);
    setUserLibraries(names);
    this.#root = root;
  }

  /** The file of a module that is to be compiled; undefined for all others. Bundlers put queries behind it. */
  fileOf(id: string): string | undefined {
    const file = id.replace(/[?#].*$/, '');
    return LANGUAGES[extname(file)] !== undefined && originOf(file) === 'user' ? file : undefined;
  }

  /**
   * What is put in the place of a module's text, with a map to where that comes from, of which the text's own comment
   * or `map` tells. Undefined where it stays as it is.
   */
  compile(file: string, text: string, map?: unknown, language?: Language): CompiledText | undefined {
    return this.#compile(file, text, language ?? languageOf(file, text), () =>
      map ? toSourceMap(map) : inputMap(text, file)?.parse(),
    );
  }

  /** The same as one step of several, which the bundler puts together: the map leads to the text that was given. */
  compileStep(file: string, text: string, stepsBefore: () => unknown): CompiledText | undefined {
    const inner = () => (isOwnText(file, text) ? undefined : toSourceMap(stepsBefore()));
    return this.#compile(file, text, languageOf(file, text), inner, true);
  }

  #compile(
    file: string,
    text: string,
    language: Language,
    inner: () => SourceMap | undefined,
    onlyLastStep = false,
  ): CompiledText | undefined {
    if (!/\basync\b/.test(text) || text.includes(RUNTIME_SLOT)) return undefined;
    try {
      const made = compileText(compile, {
        text,
        readings: readingsOf(file, language),
        inner: inner(),
        folder: dirname(file),
        onlyLastStep,
        own: basename(file),
        shown: () => this.#nameOf(file),
        nameOf: (source) => this.#nameOf(source),
      });
      return typeof made === 'string' ? undefined : made;
    } catch {
      return undefined; // a map that cannot be read: sites would lie
    }
  }

  /** The same on every machine that builds. */
  #nameOf(file: string): string {
    return relative(this.#root, file).split(sep).join('/');
  }
}

/** Beside other plugins the text may be the file's own, or JavaScript made of it. */
function languageOf(file: string, text: string): Language {
  const language = LANGUAGES[extname(file)] ?? 'js';
  return language.startsWith('ts') && !isOwnText(file, text) ? 'js' : language;
}

function isOwnText(file: string, text: string): boolean {
  try {
    return readFileSync(file, 'utf8') === text;
  } catch {
    return false;
  }
}

function readingsOf(file: string, language: Language): Reading[] {
  const extension = extname(file);
  if (/^\.m[jt]s$/.test(extension)) return [{ format: 'module', language }];
  if (/^\.c[jt]s$/.test(extension)) return [{ format: 'commonjs', language }];
  return [
    { format: 'commonjs', language },
    { format: 'module', language },
  ];
}

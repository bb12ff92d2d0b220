import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FunctionNames, type NamedPlace } from './function-names.js';
import { Mappings, type OriginalPosition, type SourceMapPayload } from './mappings.js';

interface Section {
  /** Where it begins in the generated file; from 0. */
  line: number;
  column: number;
  mappings: Mappings;
}

/** The map of one script: one table of mappings, or several one after the other (an index map). */
export class ScriptMap {
  /** Whether packages of `node_modules` are among the sources: the script is a bundle. */
  readonly hasLibraries: boolean;
  readonly #sections: readonly Section[];
  #decoded = 0;
  #names: FunctionNames | undefined;

  /**
   * `folder` is what the sources are relative to; `script` the file that is mapped, where it is one, of which names of
   * functions are read. Throws a TypeError where `payload` is no source map.
   */
  constructor(
    payload: SourceMapPayload,
    private readonly folder: string,
    private readonly script?: string,
  ) {
    this.#sections = Array.isArray(payload.sections)
      ? payload.sections
          .map((section) => toSection(section, script !== undefined))
          .sort((a, b) => a.line - b.line || a.column - b.column)
      : [{ line: 0, column: 0, mappings: new Mappings(payload, script !== undefined) }];
    this.hasLibraries = this.#sections.some(({ mappings }) => mappings.sources.some(isInLibrary));
  }

  /** Of the text to decode. */
  get length(): number {
    return this.#sections.reduce((sum, { mappings }) => sum + mappings.length, 0);
  }

  /** Of the decoded map. */
  get bytes(): number {
    return this.#sections.reduce((sum, { mappings }) => sum + mappings.bytes, this.#names?.bytes ?? 0);
  }

  /** The author's name of the function that the script calls `generated`, by where it begins there (from 1). */
  nameOf(generated: string, line: number, column: number): string {
    return this.#names?.find(line, column, generated) ?? generated;
  }

  /** Decodes for some milliseconds; true when all is decoded. */
  decodeStep(): boolean {
    if (this.#names !== undefined) return this.#names.step();
    if (this.#sections[this.#decoded]?.mappings.decodeStep()) this.#decoded++;
    if (this.#decoded < this.#sections.length) return false;
    const text = this.#hasNames && this.script !== undefined ? textOf(this.script) : undefined;
    if (text === undefined) return true;
    this.#names = new FunctionNames(text, this.#takeNames());
    return false;
  }

  /** The original of a position (from 1), its source as a path, or as a URL that names no file (`webpack://…`). */
  find(line: number, column: number): OriginalPosition | undefined {
    const section = this.#sections.findLast(
      (one) => one.line < line - 1 || (one.line === line - 1 && one.column < column),
    );
    if (section === undefined) return undefined;
    const original = section.mappings.find(
      line - section.line,
      section.line === line - 1 ? column - section.column : column,
    );
    return original && { ...original, source: this.#resolve(original.source) };
  }

  get #hasNames(): boolean {
    return this.#sections.some(({ mappings }) => mappings.hasNames);
  }

  *#takeNames(): Generator<NamedPlace> {
    for (const { line, column, mappings } of this.#sections) {
      for (const place of mappings.takeNames()) {
        if (place.line === 0) place.column += column;
        place.line += line;
        yield place;
      }
    }
  }

  #resolve(source: string): string {
    if (source.startsWith('file:')) return toPath(source);
    return /^[a-z][a-z0-9+.-]+:\/\//i.test(source) ? source : resolve(this.folder, source);
  }
}

function textOf(script: string): string | undefined {
  try {
    return readFileSync(script, 'utf8');
  } catch {
    return undefined; // its functions keep the names that V8 has
  }
}

export function isInLibrary(path: string): boolean {
  return /[\\/]node_modules[\\/]/.test(path);
}

/** The path of a `file:` URL; any other name as it is. */
export function toPath(name: string): string {
  if (!name.startsWith('file:')) return name;
  try {
    return fileURLToPath(name);
  } catch {
    return name;
  }
}

/** The map in a section is no index map again: depth is bounded. */
function toSection(section: unknown, withNames: boolean): Section {
  const { offset, map } = section as { offset: { line: unknown; column: unknown }; map: SourceMapPayload };
  const { line, column } = offset;
  if (!Number.isInteger(line) || !Number.isInteger(column)) throw new TypeError('a section without offset');
  return { line: line as number, column: column as number, mappings: new Mappings(map, withNames) };
}

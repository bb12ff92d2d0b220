import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { NamedPlace } from '../tasks/sites/function-names.js';
import { decodeMappings, WIDTH } from './mapping-text.js';
import { type SourceMap, segmentAt, startsOfLines } from './source-map.js';

export interface Original {
  /** A path, or an address that names no file (`webpack://…`). */
  file: string;
  /** Lines and columns count from 1. */
  line: number;
  column: number;
}

/** Tells where a place of a text comes from. Throws a TypeError where `map` is no source map. */
export class MapReader {
  readonly #table: readonly number[];
  readonly #starts: readonly number[];

  constructor(
    private readonly map: SourceMap,
    private readonly folder: string,
  ) {
    this.#table = decodeMappings(map.mappings);
    this.#starts = startsOfLines(this.#table);
  }

  /** Undefined where the map knows nothing of the place. Lines and columns count from 1. */
  find(line: number, column: number): Original | undefined {
    const at = segmentAt(this.#table, this.#starts, line - 1, column - 1);
    const source = at < 0 ? undefined : this.map.sources[this.#table[at + 2] as number];
    if (!source) return undefined;
    return {
      file: this.#resolve(source),
      line: (this.#table[at + 3] as number) + 1,
      column: (this.#table[at + 4] as number) + 1,
    };
  }

  /** The places that have a name, in order; lines and columns count from 0. */
  *names(): Generator<NamedPlace> {
    const table = this.#table;
    for (let at = 0; at < table.length; at += WIDTH) {
      const name = this.map.names[table[at + 5] as number];
      if (typeof name === 'string')
        yield { line: table[at] as number, column: table[at + 1] as number, name };
    }
  }

  #resolve(source: string): string {
    const { sourceRoot } = this.map;
    const whole = sourceRoot ? sourceRoot.replace(/\/?$/, '/') + source : source;
    if (whole.startsWith('file:')) return fileURLToPath(whole);
    return /^[a-z][a-z0-9+.-]+:\/\//i.test(whole) ? whole : resolve(this.folder, whole);
  }
}

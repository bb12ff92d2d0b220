/** Decoding of source maps (ECMA-426), into flat arrays: no object a segment. */

import type { NamedPlace } from './function-names.js';

export interface SourceMapPayload {
  version?: unknown;
  sources?: unknown;
  sourceRoot?: unknown;
  names?: unknown;
  mappings?: unknown;
  sections?: unknown;
}

export interface OriginalPosition {
  /** As the map names it, with `sourceRoot` before it. */
  source: string;
  /** Lines and columns count from 1. */
  line: number;
  column: number;
}

/** Numbers a segment: generated column, index of source, original line, original column; all from 0. */
const WIDTH = 4;
/** Decoded in about 4 ms. */
const STEP_LENGTH = 256 * 1024;

const COMMA = 44;
const SEMICOLON = 59;
const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const VALUE_OF = new Int8Array(128).fill(-1);
for (let value = 0; value < BASE64.length; value++) VALUE_OF[BASE64.charCodeAt(value)] = value;

/** One map, of its own or a section. `decodeStep` must have returned true before `find` is asked. */
export class Mappings {
  readonly sources: readonly string[];
  /** Index of a segment and index of its name, one after the other; empty once they were taken. */
  #named: number[] = [];
  #names: readonly unknown[];
  #text: string;
  #position = 0;
  #segments = new Int32Array(256 * WIDTH);
  #used = 0;
  /** Index of the first segment of each generated line; one past the last when all is decoded. */
  readonly #lines = [0];
  #source = 0;
  #line = 0;
  #column = 0;
  #name = 0;
  #generatedColumn = 0;

  /** Throws a TypeError where `payload` is no source map of version 3. */
  constructor(payload: SourceMapPayload, withNames = false) {
    const { sources, mappings, names, sourceRoot } = payload;
    if (payload.version !== 3 || typeof mappings !== 'string' || !Array.isArray(sources)) {
      throw new TypeError('not a source map of version 3');
    }
    const root = typeof sourceRoot === 'string' && sourceRoot !== '' ? sourceRoot.replace(/\/?$/, '/') : '';
    this.sources = sources.map((source) => (typeof source === 'string' ? root + source : ''));
    this.#names = withNames && Array.isArray(names) ? names : [];
    this.#text = mappings;
  }

  get length(): number {
    return this.#text.length;
  }

  get bytes(): number {
    return this.#segments.byteLength + this.#lines.length * 8;
  }

  get hasNames(): boolean {
    return this.#named.length > 0;
  }

  /** Gives the places that have a name, in order, once. */
  *takeNames(): Generator<NamedPlace> {
    const [named, names, lines] = [this.#named, this.#names, this.#lines];
    this.#named = [];
    this.#names = [];
    let line = 0;
    for (let i = 0; i < named.length; i += 2) {
      const segment = named[i] as number;
      while ((lines[line + 1] as number) <= segment) line++;
      const name = names[named[i + 1] as number];
      if (typeof name === 'string') yield { line, column: this.#segments[segment * WIDTH] as number, name };
    }
  }

  /** Decodes a piece of some milliseconds; true when that was the last. Throws a TypeError on a bad character. */
  decodeStep(): boolean {
    const text = this.#text;
    const wanted = this.#position + STEP_LENGTH;
    let end = text.length;
    if (wanted < end) {
      // a piece ends after a separator, so that no segment is cut
      const separator = text.indexOf(',', wanted);
      if (separator >= 0) end = separator + 1;
    }
    this.#decode(text, end);
    if (end < text.length) return false;
    this.#lines.push(this.#used / WIDTH);
    this.#segments = this.#segments.slice(0, this.#used);
    this.#text = '';
    return true;
  }

  /** The original of a generated position (from 1): of the nearest segment before it on its line. */
  find(line: number, column: number): OriginalPosition | undefined {
    const start = this.#lines[line - 1];
    const end = this.#lines[line];
    if (start === undefined || end === undefined || start === end) return undefined;
    const segments = this.#segments;
    let low = start;
    let high = end - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if ((segments[middle * WIDTH] as number) < column) low = middle;
      else high = middle - 1;
    }
    const at = low * WIDTH;
    const source = this.sources[segments[at + 1] as number];
    if (!source || (segments[at] as number) >= column) return undefined;
    return { source, line: (segments[at + 2] as number) + 1, column: (segments[at + 3] as number) + 1 };
  }

  #decode(text: string, end: number): void {
    let segments = this.#segments;
    let used = this.#used;
    let source = this.#source;
    let line = this.#line;
    let column = this.#column;
    let name = this.#name;
    let generatedColumn = this.#generatedColumn;
    const named = this.#names.length > 0 ? this.#named : undefined;
    let field = 0;
    let value = 0;
    let shift = 0;
    for (let i = this.#position; i <= end; i++) {
      const code = i < end ? text.charCodeAt(i) : COMMA;
      if (code === COMMA || code === SEMICOLON) {
        if (field > 0) {
          if (used + WIDTH > segments.length) segments = enlarged(segments);
          segments[used] = generatedColumn;
          // a segment of one field maps to nothing
          segments[used + 1] = field >= 4 ? source : -1;
          segments[used + 2] = line;
          segments[used + 3] = column;
          if (field >= 5) named?.push(used / WIDTH, name);
          used += WIDTH;
          field = 0;
        }
        if (code === SEMICOLON) {
          generatedColumn = 0;
          this.#lines.push(used / WIDTH);
        }
        continue;
      }
      const digit = code < 128 ? (VALUE_OF[code] as number) : -1;
      if (digit < 0) throw new TypeError('a character in the mappings is no base64 digit');
      value |= (digit & 31) << shift;
      if (digit & 32) {
        shift += 5;
        continue;
      }
      const delta = value & 1 ? -(value >>> 1) : value >>> 1;
      if (field === 0) generatedColumn += delta;
      else if (field === 1) source += delta;
      else if (field === 2) line += delta;
      else if (field === 3) column += delta;
      else if (field === 4) name += delta;
      field++;
      value = 0;
      shift = 0;
    }
    this.#segments = segments;
    this.#used = used;
    this.#source = source;
    this.#line = line;
    this.#column = column;
    this.#name = name;
    this.#generatedColumn = generatedColumn;
    this.#position = end;
  }
}

function enlarged(segments: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(segments.length * 2);
  larger.set(segments);
  return larger;
}

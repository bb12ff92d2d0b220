/** Decoding of source maps (ECMA-426), into flat arrays: no object a segment. */

export interface SourceMapPayload {
  version?: unknown;
  sources?: unknown;
  sourceRoot?: unknown;
  mappings?: unknown;
  sections?: unknown;
}

export interface OriginalPosition {
  /** As the map names it, with `sourceRoot` before it. */
  source: string;
  /** From 1. */
  line: number;
  column: number;
}

/** Numbers a segment: generated column, index of source, original line, original column; all from 0. */
const WIDTH = 4;

const VALUE_OF = new Int8Array(128).fill(-1);
for (const [value, char] of [
  ...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/',
].entries()) {
  VALUE_OF[char.charCodeAt(0)] = value;
}

/** One decoded map. */
export class Mappings {
  readonly sources: readonly string[];
  readonly #segments: Int32Array;
  /** Index of the first segment of each generated line, and one past the last. */
  readonly #lines: Int32Array;

  /** Throws a TypeError where `payload` is no source map of version 3. */
  constructor(payload: SourceMapPayload) {
    const { sources, mappings, sourceRoot } = payload;
    if (payload.version !== 3 || typeof mappings !== 'string' || !Array.isArray(sources)) {
      throw new TypeError('not a source map of version 3');
    }
    const root = typeof sourceRoot === 'string' && sourceRoot !== '' ? sourceRoot.replace(/\/?$/, '/') : '';
    this.sources = sources.map((source) => (typeof source === 'string' ? root + source : ''));
    [this.#segments, this.#lines] = decode(mappings);
  }

  /** The original of a generated position (line and column from 1): the nearest segment before it on its line. */
  find(line: number, column: number): OriginalPosition | undefined {
    const start = this.#lines[line - 1];
    const end = this.#lines[line];
    if (start === undefined || end === undefined || start === end) return undefined;
    let low = start;
    let high = end - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if ((this.#segments[middle * WIDTH] as number) <= column - 1) low = middle;
      else high = middle - 1;
    }
    const at = low * WIDTH;
    const source = this.sources[this.#segments[at + 1] as number];
    if (!source || (this.#segments[at] as number) > column - 1) return undefined;
    return {
      source,
      line: (this.#segments[at + 2] as number) + 1,
      column: (this.#segments[at + 3] as number) + 1,
    };
  }
}

function decode(mappings: string): [segments: Int32Array, lines: Int32Array] {
  let segments = new Int32Array(1024 * WIDTH);
  const lines = [0];
  let used = 0;
  let generatedColumn = 0;
  let source = 0;
  let line = 0;
  let column = 0;
  let field = 0;
  let value = 0;
  let shift = 0;
  const endSegment = () => {
    if (field === 0) return;
    if (used + WIDTH > segments.length) {
      const larger = new Int32Array(segments.length * 2);
      larger.set(segments);
      segments = larger;
    }
    segments[used] = generatedColumn;
    // a segment of one field maps to nothing
    segments[used + 1] = field >= 4 ? source : -1;
    segments[used + 2] = line;
    segments[used + 3] = column;
    used += WIDTH;
    field = 0;
  };
  for (let i = 0; i < mappings.length; i++) {
    const code = mappings.charCodeAt(i);
    if (code === 44 /* , */) endSegment();
    else if (code === 59 /* ; */) {
      endSegment();
      generatedColumn = 0;
      lines.push(used / WIDTH);
    } else {
      const digit = code < 128 ? (VALUE_OF[code] as number) : -1;
      if (digit < 0) throw new TypeError('a character in the mappings is no base64 digit');
      value |= (digit & 31) << shift;
      if (digit & 32) shift += 5;
      else {
        const delta = value & 1 ? -(value >>> 1) : value >>> 1;
        if (field === 0) generatedColumn += delta;
        else if (field === 1) source += delta;
        else if (field === 2) line += delta;
        else if (field === 3) column += delta;
        field++;
        value = 0;
        shift = 0;
      }
    }
  }
  endSegment();
  lines.push(used / WIDTH);
  return [segments.slice(0, used), Int32Array.from(lines)];
}

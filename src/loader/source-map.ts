import { decodeMappings, encodeMappings, WIDTH } from './mapping-text.js';

/** A source map of version 3 with one table of mappings: what the compiler makes, and what we give to Node. */
export interface SourceMap {
  version: 3;
  file?: string;
  sourceRoot?: string;
  sources: (string | null)[];
  sourcesContent?: (string | null)[];
  names: string[];
  mappings: string;
  /** Indices of sources that debuggers step over. */
  ignoreList?: number[];
}

/** The rest of a segment that says: from no source. */
const NOWHERE: readonly number[] = [-1, -1, -1, -1];

/**
 * The map from compiled code to the sources of `input`, which maps the code that was compiled. Where `input` knows
 * nothing of a place there is no mapping. Throws a TypeError where either is no source map.
 */
export function composeMaps(compiled: SourceMap, input: SourceMap): SourceMap {
  const inner = decodeMappings(input.mappings);
  const lineStarts = startsOfLines(inner);
  const outer = decodeMappings(compiled.mappings);
  const table: number[] = [];
  for (let at = 0; at < outer.length; at += WIDTH) {
    const known = (outer[at + 2] as number) >= 0;
    const found = known ? segmentAt(inner, lineStarts, outer[at + 3] as number, outer[at + 4] as number) : 0;
    if (found < 0) continue;
    const target = known ? inner.slice(found + 2, found + WIDTH) : NOWHERE;
    push(table, outer[at] as number, outer[at + 1] as number, target);
  }
  const { sourceRoot, sourcesContent, ignoreList } = input;
  return {
    version: 3,
    ...(sourceRoot ? { sourceRoot } : {}),
    sources: input.sources,
    ...(sourcesContent ? { sourcesContent } : {}),
    names: input.names,
    mappings: encodeMappings(table),
    ...(ignoreList ? { ignoreList } : {}),
  };
}

/** Leaves out what the segment before says already: where one word became many, all come from one place. */
function push(table: number[], line: number, column: number, target: readonly number[]): void {
  const last = table.length - WIDTH;
  if (last >= 0 && table[last] === line && target.every((value, at) => table[last + 2 + at] === value))
    return;
  table.push(line, column, ...target);
}

/** Index of the first segment of each generated line, and one past the last. */
export function startsOfLines(table: readonly number[]): number[] {
  const starts = [0];
  for (let at = 0; at < table.length; at += WIDTH) {
    while (starts.length <= (table[at] as number)) starts.push(at);
  }
  starts.push(table.length);
  return starts;
}

/** The last segment at or before a place on its line; -1 where there is none. */
export function segmentAt(
  table: readonly number[],
  starts: readonly number[],
  line: number,
  column: number,
): number {
  const start = starts[line];
  const end = starts[line + 1];
  if (start === undefined || end === undefined || start === end) return -1;
  let low = start / WIDTH;
  let high = end / WIDTH - 1;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if ((table[middle * WIDTH + 1] as number) <= column) low = middle;
    else high = middle - 1;
  }
  const at = low * WIDTH;
  return (table[at + 1] as number) <= column ? at : -1;
}

interface Section {
  offset: { line: number; column: number };
  map: SourceMap;
}

/**
 * A parsed map as one with a single table: those in sections are joined. Throws a TypeError where it is no source map
 * of version 3.
 */
export function toSourceMap(payload: unknown): SourceMap {
  const map = payload as Partial<SourceMap> & { sections?: Section[]; x_google_ignoreList?: number[] };
  if (map?.version !== 3) throw new TypeError('not a source map of version 3');
  if (Array.isArray(map.sections)) return joinSections(map.sections);
  const { mappings, sources, names = [], sourceRoot, sourcesContent } = map;
  if (typeof mappings !== 'string' || !Array.isArray(sources) || !Array.isArray(names)) {
    throw new TypeError('not a source map of version 3');
  }
  const ignoreList = map.ignoreList ?? map.x_google_ignoreList;
  return {
    version: 3,
    ...(typeof sourceRoot === 'string' ? { sourceRoot } : {}),
    sources,
    ...(Array.isArray(sourcesContent) ? { sourcesContent } : {}),
    names,
    mappings,
    ...(Array.isArray(ignoreList) ? { ignoreList } : {}),
  };
}

/** Sections hold no sections: depth is bounded. */
function joinSections(sections: readonly Section[]): SourceMap {
  const sources: (string | null)[] = [];
  const sourcesContent: (string | null)[] = [];
  const names: string[] = [];
  const ignoreList: number[] = [];
  const table: number[] = [];
  for (const { offset, map } of sections) {
    const part = toSourceMap({ ...map, sections: undefined });
    const root = part.sourceRoot ? part.sourceRoot.replace(/\/?$/, '/') : '';
    const rows = decodeMappings(part.mappings);
    for (let at = 0; at < rows.length; at += WIDTH) {
      const [line, column, source, sourceLine, sourceColumn, name] = rows.slice(at, at + WIDTH) as [
        number,
        number,
        number,
        number,
        number,
        number,
      ];
      table.push(line + offset.line, line === 0 ? column + offset.column : column);
      table.push(source < 0 ? -1 : source + sources.length, sourceLine, sourceColumn);
      table.push(name < 0 ? -1 : name + names.length);
    }
    for (const index of part.ignoreList ?? []) ignoreList.push(index + sources.length);
    sources.push(...part.sources.map((source) => (source === null ? null : root + source)));
    sourcesContent.push(...part.sources.map((_, index) => part.sourcesContent?.[index] ?? null));
    names.push(...part.names);
  }
  return { version: 3, sources, sourcesContent, names, mappings: encodeMappings(table), ignoreList };
}

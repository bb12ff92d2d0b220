import assert from 'node:assert/strict';
import { SourceMap as NodeSourceMap } from 'node:module';
import test from 'node:test';
import remapping from '@jridgewell/remapping';
import { decodeMappings, encodeMappings, WIDTH } from '../../../src/loader/mapping-text.js';
import { composeMaps, type SourceMap, toSourceMap } from '../../../src/loader/source-map.js';
import { seeded } from '../../support/random.js';

const LINES = 6;
const COLUMNS = 24;

/** A map with segments in order, some without a source, some without a name. */
function randomMap(random: () => number, sources: string[]): SourceMap {
  const upTo = (limit: number) => Math.floor(random() * limit);
  const table: number[] = [];
  for (let line = 0; line < LINES; line++) {
    for (let column = upTo(6); column < COLUMNS; column += 1 + upTo(7)) {
      if (random() < 0.1) table.push(line, column, -1, -1, -1, -1);
      else {
        const [sourceLine, sourceColumn] = [upTo(LINES), upTo(COLUMNS)];
        // a place of a source has one name
        const name = ((sourceLine + sourceColumn) % 4) - 1;
        table.push(line, column, upTo(sources.length), sourceLine, sourceColumn, name);
      }
    }
  }
  return { version: 3, sources, names: ['a', 'b', 'c'], mappings: encodeMappings(table) };
}

/** What Node finds for a place; it looks also on lines before where a line has nothing. */
const found = (map: object, line: number, column: number) => {
  const entry = new NodeSourceMap(map as never).findEntry(line, column) as {
    originalSource?: string;
    originalLine?: number;
    originalColumn?: number;
    name?: string;
  };
  return `${entry.originalSource}:${entry.originalLine}:${entry.originalColumn} ${entry.name}`;
};

test('composed maps tell Node what those of remapping do', () => {
  for (let seed = 1; seed <= 60; seed++) {
    const random = seeded(seed);
    const outer = { ...randomMap(random, ['compiled.js']), names: [] };
    outer.mappings = encodeMappings(
      decodeMappings(outer.mappings).map((value, at) => (at % WIDTH === 5 ? -1 : value)),
    );
    const inner = randomMap(random, ['one.ts', 'two.ts']);
    const expected = remapping([outer as never, inner as never], () => null);
    const says = decodeMappings(expected.mappings as string);
    const ours = composeMaps(outer, inner);
    for (let line = 0; line < LINES; line++) {
      for (let column = 0; column < COLUMNS + 2; column++) {
        // where a line begins without a source remapping says nothing, and Node looks on the line before
        if (!says.some((_, at) => at % WIDTH === 0 && says[at] === line && says[at + 1]! <= column)) continue;
        const place = `seed ${seed}, ${line}:${column}`;
        assert.equal(found(ours, line, column), found(expected, line, column), place);
      }
    }
  }
});

test('mappings survive being decoded and encoded', () => {
  for (let seed = 1; seed <= 20; seed++) {
    const { mappings } = randomMap(seeded(seed), ['a', 'b', 'c']);
    assert.equal(encodeMappings(decodeMappings(mappings)), mappings);
  }
  assert.throws(() => decodeMappings('AAAA,?'), TypeError);
});

test('what a debugger needs of the sources stays: their text, their root, those to step over', () => {
  const own = randomMap(seeded(1), ['compiled.js']);
  const input = toSourceMap({
    ...randomMap(seeded(2), ['a.ts', 'b.ts']),
    sourceRoot: '../src',
    sourcesContent: ['A', null],
    x_google_ignoreList: [1],
  });
  const { sourceRoot, sources, sourcesContent, ignoreList } = composeMaps(own, input);
  assert.deepEqual(
    { sourceRoot, sources, sourcesContent, ignoreList },
    { sourceRoot: '../src', sources: ['a.ts', 'b.ts'], sourcesContent: ['A', null], ignoreList: [1] },
  );
});

test('a map in sections is joined into one that says the same', () => {
  const first = { ...randomMap(seeded(3), ['a.ts']), sourceRoot: 'x' };
  const second = randomMap(seeded(4), ['b.ts', 'c.ts']);
  const sections = [
    { offset: { line: 0, column: 0 }, map: first },
    { offset: { line: LINES - 1, column: COLUMNS }, map: second },
  ];
  const joined = toSourceMap({ version: 3, sections });
  assert.deepEqual(joined.sources, ['x/a.ts', 'b.ts', 'c.ts']);
  const of = (map: object, line: number, column: number) => found(map, line, column).replace('x/', '');
  assert.equal(of(joined, 2, 20), found(first, 2, 20).replace('x/', ''));
  assert.equal(of(joined, LINES - 1, COLUMNS + 20), found(second, 0, 20));
  assert.equal(of(joined, LINES + 1, 20), found(second, 2, 20));
});

test('what is no source map is refused', () => {
  for (const bad of [null, {}, { version: 2 }, { version: 3, sources: [] }, { version: 3, mappings: '' }]) {
    assert.throws(() => toSourceMap(bad), TypeError);
  }
});

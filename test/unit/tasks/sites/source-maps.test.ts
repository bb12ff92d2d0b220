import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after } from 'node:test';
import { pathToFileURL } from 'node:url';
import { sourceMapFailures } from '../../../../src/tasks/sites/map-cache.js';
import { addBundledFile, mapLocation, preloadSourceMap } from '../../../../src/tasks/sites/source-maps.js';
import { waitFor } from '../../../support/backends/wait.js';
import { encodeMappings } from '../../../support/source-map.js';

const folder = mkdtempSync(join(tmpdir(), 'source-maps-'));
after(() => rmSync(folder, { recursive: true }));

/** Generated line 2, column 5 is line 11, column 3 of the source. */
const MAPPINGS = encodeMappings([[], [{ generated: 4, source: 0, line: 10, column: 2 }]]);
const map = (fields: object = {}) => ({
  version: 3,
  sources: ['../src/a.ts'],
  names: [],
  mappings: MAPPINGS,
  ...fields,
});
let count = 0;

/** Writes a script with this last line, and returns where its line 2, column 5 comes from. */
function originalOf(lastLine: string, mapFile?: string | object, before = 'one\ntwo\n') {
  const dist = join(folder, `p${count++}`, 'dist');
  mkdirSync(dist, { recursive: true });
  const script = join(dist, 'a.js');
  writeFileSync(script, `${before}${lastLine}`);
  if (mapFile !== undefined) {
    writeFileSync(join(dist, 'a.js.map'), typeof mapFile === 'string' ? mapFile : JSON.stringify(mapFile));
  }
  const { file, line, column } = mapLocation({ file: pathToFileURL(script).href, line: 2, column: 5 });
  return `${file.replace(join(dist, '..'), '')}:${line}:${column}`;
}

const EXTERNAL = '//# sourceMappingURL=a.js.map\n';
const inline = (payload: object) =>
  `//# sourceMappingURL=data:application/json;charset=utf-8;base64,${Buffer.from(JSON.stringify(payload)).toString('base64')}`;

test('a map beside the script', () => {
  assert.equal(originalOf(EXTERNAL, map()), '/src/a.ts:11:3');
  assert.equal(originalOf('//@ sourceMappingURL=a.js.map', map()), '/src/a.ts:11:3');
  assert.equal(originalOf('/*# sourceMappingURL=a.js.map */\n\n', map()), '/src/a.ts:11:3');
  assert.equal(originalOf(EXTERNAL, `)]}'\n${JSON.stringify(map())}`), '/src/a.ts:11:3');
});

test('the last comment counts, and only one that begins its line', () => {
  const misleading =
    'one\ntwo\n//# sourceMappingURL=gone.map\nconst text = "//# sourceMappingURL=gone.map";\n';
  assert.equal(originalOf(EXTERNAL, map(), misleading), '/src/a.ts:11:3');
  assert.equal(originalOf('const s = "//# sourceMappingURL=a.js.map"', map()), '/dist/a.js:2:5');
});

test('a map in the script, short and longer than what is read of a script first', () => {
  assert.equal(originalOf(inline(map())), '/src/a.ts:11:3');
  const content = { sourcesContent: ['x'.repeat(100_000)] };
  assert.equal(originalOf(inline(map(content))), '/src/a.ts:11:3');
  assert.equal(originalOf(`${inline(map(content))}\n//# sourceURL=a.js\n`), '/src/a.ts:11:3');
  const plain = `//# sourceMappingURL=data:application/json,${encodeURIComponent(JSON.stringify(map()))}`;
  assert.equal(originalOf(plain), '/src/a.ts:11:3');
});

test('sources are named in many ways', () => {
  const named = (fields: object) => originalOf(EXTERNAL, map(fields));
  assert.equal(named({ sourceRoot: '../lib/', sources: ['a.ts'] }), '/lib/a.ts:11:3');
  assert.equal(named({ sourceRoot: '../lib', sources: ['a.ts'] }), '/lib/a.ts:11:3');
  assert.equal(named({ sourceRoot: '', sources: ['/app/a.ts'] }), '/app/a.ts:11:3');
  assert.equal(named({ sources: ['file:///app/%20a.ts'] }), '/app/ a.ts:11:3');
  assert.equal(named({ sourceRoot: 'file:///app/', sources: ['a.ts'] }), '/app/a.ts:11:3');
  assert.equal(named({ sources: ['webpack://shop/./src/a.ts'] }), 'webpack://shop/./src/a.ts:11:3');
});

test('the map of a package that leads out of it, to what could be a file of the user’s, is not followed', () => {
  const script = join(folder, 'node_modules', 'orm', 'a.js');
  mkdirSync(join(script, '..'), { recursive: true });
  writeFileSync(script, `one\ntwo\n${EXTERNAL}`);
  writeFileSync(`${script}.map`, JSON.stringify(map({ sources: ['../../src/a.ts'] })));
  const place = { file: script, line: 2, column: 5 };
  assert.deepEqual(mapLocation(place), place);
});

test('a map of sections', () => {
  const section = (line: number, column: number, name: string) => ({
    offset: { line, column },
    map: map({
      sources: [`../src/${name}.ts`],
      mappings: encodeMappings([[{ generated: 0, source: 0, line: 6, column: 0 }]]),
    }),
  });
  const sections = [section(0, 0, 'first'), section(1, 3, 'second'), section(5, 0, 'third')];
  assert.equal(originalOf(EXTERNAL, { version: 3, sections }), '/src/second.ts:7:1');
  assert.equal(originalOf(EXTERNAL, { version: 3, sections: sections.reverse() }), '/src/second.ts:7:1');
  assert.equal(originalOf(EXTERNAL, { version: 3, sections: [] }), '/dist/a.js:2:5');
  assert.equal(originalOf(EXTERNAL, { version: 3, sections: [section(1, 4, 'at')] }), '/src/at.ts:7:1');
  assert.equal(originalOf(EXTERNAL, { version: 3, sections: [section(1, 5, 'after')] }), '/dist/a.js:2:5');
});

test('a position that no segment covers stays as it is', () => {
  assert.equal(originalOf(EXTERNAL, map({ mappings: '' })), '/dist/a.js:2:5');
  assert.equal(originalOf(EXTERNAL, map({ mappings: ';' })), '/dist/a.js:2:5');
  const later = encodeMappings([[], [{ generated: 5, source: 0, line: 10, column: 2 }]]);
  assert.equal(originalOf(EXTERNAL, map({ mappings: later })), '/dist/a.js:2:5');
  assert.equal(originalOf(EXTERNAL, map({ mappings: ';A,I' })), '/dist/a.js:2:5', 'generated code alone');
  assert.equal(originalOf(EXTERNAL, map({ sources: [] })), '/dist/a.js:2:5');
  assert.equal(originalOf(EXTERNAL, map({ sources: [null] })), '/dist/a.js:2:5');
});

test('a map that cannot be used is counted, and locations stay as they are', () => {
  const unusable: [string, (string | object)?][] = [
    [EXTERNAL],
    [EXTERNAL, ''],
    [EXTERNAL, '{"version":3,'],
    [EXTERNAL, 'null'],
    [EXTERNAL, '[]'],
    [EXTERNAL, '3'],
    [EXTERNAL, map({ version: 2 })],
    [EXTERNAL, map({ mappings: 3 })],
    [EXTERNAL, map({ mappings: '!!' })],
    [EXTERNAL, map({ mappings: 'é' })],
    [EXTERNAL, map({ sources: 'a.ts' })],
    [EXTERNAL, { version: 3, sections: [null] }],
    [EXTERNAL, { version: 3, sections: [{ offset: { line: 'x' }, map: map() }] }],
    [EXTERNAL, { version: 3, sections: [{ offset: { line: 0, column: 0 }, map: { sections: [] } }] }],
    [EXTERNAL, `"${'x'.repeat(16 * 1024 * 1024)}"`],
    ['//# sourceMappingURL=a.js'],
    ['//# sourceMappingURL=.'],
    ['//# sourceMappingURL=%'],
    ['//# sourceMappingURL=data:application/json;base64,####'],
  ];
  for (const [lastLine, mapFile] of unusable) {
    const before = sourceMapFailures();
    assert.equal(originalOf(lastLine, mapFile), '/dist/a.js:2:5', lastLine);
    assert.equal(sourceMapFailures(), before + 1, `${lastLine} ${String(mapFile).slice(0, 40)}`);
  }
});

test('a script without a map, or that is no file, is no failure', () => {
  const before = sourceMapFailures();
  assert.equal(originalOf('three'), '/dist/a.js:2:5');
  assert.equal(originalOf('three', undefined, `${'x'.repeat(10_000)} `), '/dist/a.js:2:5');
  assert.equal(originalOf('//# sourceMappingURL=https://example.com/a.js.map'), '/dist/a.js:2:5');
  assert.equal(originalOf('//# sourceMappingURL='), '/dist/a.js:2:5');
  for (const file of ['node:fs', '[eval]', 'evalmachine.<anonymous>', '/no/such/file.js', '', folder]) {
    const location = { functionName: 'f', file, line: 2, column: 5 };
    assert.deepEqual(mapLocation(location), location);
  }
  assert.equal(mapLocation({ file: 'file://%', line: 1, column: 1 }).file, 'file://%');
  assert.equal(sourceMapFailures(), before);
});

test('a pipe in place of a script or a map is not opened', { skip: process.platform === 'win32' }, () => {
  const pipe = join(folder, 'pipe.js');
  execFileSync('mkfifo', [pipe]);
  assert.deepEqual(mapLocation({ file: pipe, line: 2, column: 5 }), { file: pipe, line: 2, column: 5 });
  assert.equal(originalOf(`//# sourceMappingURL=${pathToFileURL(pipe)}`), '/dist/a.js:2:5');
});

test('a large map is read in the background, and locations are mapped once it is there', async () => {
  const script = join(folder, 'bundle.js');
  const large = map({ sources: ['src/a.ts'], sourcesContent: ['x'.repeat(3_000_000)] });
  writeFileSync(script, `one\ntwo\n//# sourceMappingURL=bundle.js.map\n`);
  writeFileSync(`${script}.map`, JSON.stringify(large));
  const raw = { file: script, line: 2, column: 5 };
  assert.deepEqual(mapLocation(raw), raw);
  await waitFor('the map', () => mapLocation(raw).file !== script || undefined);
  assert.deepEqual(mapLocation(raw), { file: join(folder, 'src/a.ts'), line: 11, column: 3 });
});

test('a long map is decoded in pieces to the same result', async () => {
  const lines = Array.from({ length: 60_000 }, (_, line) => [
    { generated: 0, source: 0, line, column: 0 },
    { generated: 7, source: line % 3, line: line + 1, column: line % 90 },
    { generated: 2_000, source: 0, line: 3, column: 5 },
  ]);
  const script = join(folder, 'long.js');
  writeFileSync(script, '//# sourceMappingURL=long.js.map\n');
  const sources = ['a.ts', 'b.ts', 'c.ts'];
  writeFileSync(`${script}.map`, JSON.stringify(map({ sources, mappings: encodeMappings(lines) })));
  preloadSourceMap(pathToFileURL(script).href);
  const first = { file: script, line: 1, column: 8 };
  await waitFor('the map', () => mapLocation(first).file !== script || undefined);
  for (let line = 0; line < lines.length; line += 7) {
    assert.deepEqual(mapLocation({ file: script, line: line + 1, column: 2_000 }), {
      file: join(folder, sources[line % 3] as string),
      line: line + 2,
      column: (line % 90) + 1,
    });
  }
});

test('a file of a bundle with compiled sites has one name, that which the bundle gives it', () => {
  const sources = (source: string) => map({ sources: [source] });
  assert.equal(originalOf(EXTERNAL, sources('webpack:///./bundled/b.ts')), 'webpack:///./bundled/b.ts:11:3');
  addBundledFile('bundled/b.ts');
  for (const source of ['webpack:///./bundled/b.ts', '../bundled/b.ts', '/built/elsewhere/bundled/b.ts']) {
    assert.equal(originalOf(EXTERNAL, sources(source)), 'bundled/b.ts:11:3', source);
  }
  for (const other of ['/other/not-bundled/b.ts', '/other/bundled/b.ts.ts', '/other/b.ts']) {
    assert.equal(originalOf(EXTERNAL, sources(other)), `${other}:11:3`);
  }
  const unmapped = { file: '/app/bundled/b.ts', line: 1, column: 1 };
  assert.deepEqual(mapLocation(unmapped), { ...unmapped, file: 'bundled/b.ts' });
  // modules that are compiled while they load name their files whole
  addBundledFile('/app/whole.ts');
  addBundledFile('file:///app/url.ts');
  for (const file of ['/root/app/whole.ts', '/app/whole.ts', '/root/file:///app/url.ts']) {
    assert.equal(mapLocation({ file, line: 1, column: 1 }).file, file);
  }
});

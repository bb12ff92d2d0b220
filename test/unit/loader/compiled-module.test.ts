import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after } from 'node:test';
import { pathToFileURL } from 'node:url';
import { compile } from '../../../src/compiler/compile.js';
import { ModuleCompiler } from '../../../src/loader/compiled-module.js';
import { DiskCache } from '../../../src/loader/disk-cache.js';
import { Tally } from '../../../src/loader/tally.js';
import type { Site } from '../../../src/tasks/sites/site-table.js';
import { locationOf } from '../../../src/tasks/sites/source-maps.js';

const folder = mkdtempSync(join(tmpdir(), 'compiled-module-'));
after(() => rmSync(folder, { recursive: true }));
const TEXT = 'const a = 1;\nasync function work() { await a; throw new Error(); }\n';
const THROWN = (TEXT.split('\n')[1] as string).indexOf('new Error') + 1;
let count = 0;

function write(text: string, extension = 'mjs'): { file: string; url: string } {
  const file = join(folder, `m${count++}.${extension}`);
  writeFileSync(file, text);
  return { file, url: pathToFileURL(file).href };
}

/** As V8 gives it: in the code that runs. */
function siteAt(file: string, column: number): Site {
  return {
    functionName: null,
    file,
    line: 2,
    column,
    definitionLine: 0,
    definitionColumn: 0,
    origin: 'user',
  };
}

function compilerOf(cache?: DiskCache) {
  const shed: string[] = [];
  const tally = new Tally((reason) => shed.push(reason));
  const compiler = new ModuleCompiler(compile, tally, cache);
  return {
    tally,
    shed,
    transform: (url: string, source: unknown, format = 'module') =>
      compiler.transform(url, { format, source }),
  };
}

test('compiled once, then from the cache, with the same text', () => {
  const { file, url } = write(TEXT);
  const cache = new DiskCache(join(folder, 'cache'), 'test');
  const first = compilerOf(cache);
  const code = first.transform(url, Buffer.from(TEXT));
  assert.match(code ?? '', /\$oa\$e/);
  assert.deepEqual([first.tally.modules, first.tally.functions, first.tally.fromCache], [1, 1, 0]);
  const second = compilerOf(cache);
  assert.equal(second.transform(url, TEXT), code);
  assert.deepEqual([second.tally.modules, second.tally.functions, second.tally.fromCache], [1, 1, 1]);
  // whoever asks where a place of it is gets the author's
  const column = (code?.split('\n')[1]?.indexOf('new Error') ?? 0) + 1;
  assert.deepEqual(locationOf(siteAt(url, column)), { file, line: 2, column: THROWN });
});

test('without a cache the map is in memory', () => {
  const { file, url } = write(TEXT);
  const code = compilerOf().transform(url, TEXT);
  const column = (code?.split('\n')[1]?.indexOf('new Error') ?? 0) + 1;
  assert.equal(locationOf(siteAt(file, column))?.column, THROWN);
});

test('what cannot be compiled stays, is counted by reason, and is not tried again with a cache', () => {
  const cache = new DiskCache(join(folder, 'cache'), 'failures');
  const cases: [reason: string, source: unknown, format?: string][] = [
    ['not parsed', 'async function ('],
    ['not text', Buffer.from([...Buffer.from(TEXT), 0xff])],
    ['no source', null, 'commonjs'],
    ['unusable source map', `${TEXT}//# sourceMappingURL=data:application/json,{}\n`],
    ['too large', `${TEXT}${' '.repeat(4_000_001)}`],
  ];
  for (const [reason, source, format] of cases) {
    const { url, file } = write('');
    if (source === null) rmSync(file);
    const { transform, shed, tally } = compilerOf(cache);
    assert.equal(transform(url, source, format), undefined);
    assert.deepEqual(shed, [`compiled site: ${reason}`]);
    assert.equal(tally.modules, 0);
    transform(url, source, format);
    assert.equal(
      tally.fromCache,
      reason === 'not parsed' || reason === 'unusable source map' ? 1 : 0,
      reason,
    );
  }
});

test("what is not the user's, or not a program, is nobody's business", () => {
  const { transform, shed } = compilerOf();
  for (const url of [
    'node:fs',
    'data:text/javascript,async',
    'https://example.com/a.mjs',
    pathToFileURL(join(folder, 'node_modules', 'a', 'index.mjs')).href,
    pathToFileURL(join(folder, 'a.mjs?iitm=true')).href.replace('%3F', '?'),
    pathToFileURL(join(folder, 'a.node')).href,
  ]) {
    assert.equal(transform(url, TEXT), undefined, url);
  }
  assert.equal(transform(write('').url, '{ "async": 1 }', 'json'), undefined);
  assert.equal(transform(write('').url, TEXT, 'wasm'), undefined);
  assert.deepEqual(shed, []);
});

test('CommonJS whose source is taken away on its way to an import, or that has none, is compiled when Node runs it', () => {
  for (const sources of [[TEXT, TEXT], [null]]) {
    const { url, file } = write(TEXT, 'cjs');
    const { transform, tally, shed } = compilerOf();
    const given = sources.map((source) => typeof transform(url, source, 'commonjs'));
    assert.equal(given.at(-1), 'undefined');
    assert.equal(tally.modules, 0);
    const column = () => locationOf(siteAt(file, 10_000))?.column;
    assert.equal(column(), 10_000, 'the file has no map while it is not known what runs');
    createRequire(url)(file);
    assert.equal(tally.modules, 1);
    assert.notEqual(column(), 10_000);
    assert.deepEqual(shed, []);
  }
});

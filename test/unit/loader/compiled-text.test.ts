import assert from 'node:assert/strict';
import test from 'node:test';
import { transformSync } from 'esbuild';
import { compile } from '../../../src/compiler/compile.js';
import type { Reading } from '../../../src/loader/candidate.js';
import { type CompiledText, compileText } from '../../../src/loader/compiled-text.js';
import { type SourceMap, toSourceMap } from '../../../src/loader/source-map.js';
import { encodeMappings } from '../../support/source-map.js';

const TEXT = 'async function one() { await 1; }\nasync function two() { await 2; }\n';

/** The first line is line 11 of one file, the second line 21 of another. */
const INNER: SourceMap = {
  version: 3,
  sources: ['src/one.ts', 'src/two.ts'],
  names: [],
  mappings: encodeMappings([
    [
      { generated: 0, source: 0, line: 10, column: 4 },
      { generated: 23, source: 0, line: 11, column: 6 },
    ],
    [{ generated: 0, source: 1, line: 20, column: 0 }],
  ]),
};

const given = {
  text: TEXT,
  readings: [{ format: 'module', language: 'js' }] as const,
  folder: '/app',
  own: './out.js',
  shown: () => '/app/out.js',
};

function told(made: CompiledText | string): { file: string; table: object } {
  assert.ok(typeof made === 'object', String(made));
  const pushed: [string, string][] = [];
  const code = made.code.replace(/globalThis\[Symbol\.for\("[^"]+"\)\]\?\?=\[\]/, 'pushed');
  new Function('pushed', code)(pushed);
  const [file, table] = pushed[0] as [string, string];
  return { file, table: JSON.parse(table) };
}

test('sites name the files that an input map leads to', () => {
  const { file, table } = told(compileText(compile, { ...given, inner: INNER }));
  assert.equal(file, '/app/src/one.ts');
  assert.deepEqual(table, {
    names: ['one', 'two'],
    functions: [11, 5, 21, 1],
    waits: [0, 12, 7, 1, 21, 1],
    files: ['/app/src/one.ts', '/app/src/two.ts'],
    functionFiles: [0, 1],
    waitFiles: [0, 1],
  });
});

test('functions are called as their author wrote them, whatever a minifier made of it', () => {
  const written = `
    async function restock() { await 1; return sell(); }
    async function sell() { await 2; }
    const order = async () => { await 3; return deliver(order); };
    const deliver = async function (next) { await next; };
    class Shop { async open() { await order(); } }
    globalThis.shop = [restock, Shop];
  `;
  const { code, map } = transformSync(written, {
    format: 'iife',
    minify: true,
    sourcemap: true,
    sourcefile: 'a.ts',
  });
  const inner = toSourceMap(JSON.parse(map));
  assert.doesNotMatch(code, /sell|deliver/);
  const { table } = told(compileText(compile, { ...given, text: code, inner }));
  assert.deepEqual((table as { names: string[] }).names, ['restock', 'sell', 'order', 'deliver', 'open']);
});

test('one file needs no numbers, and may be named otherwise', () => {
  const inner = { ...INNER, sources: ['one.ts', 'one.ts'] };
  const made = compileText(compile, { ...given, inner, nameOf: (file) => file.replace('/app/', '') });
  const { file, table } = told(made);
  assert.equal(file, 'one.ts');
  assert.deepEqual(table, { names: ['one', 'two'], functions: [11, 5, 21, 1], waits: [0, 12, 7, 1, 21, 1] });
});

test('without an input map a module is its own source', () => {
  const made = compileText(compile, { ...given, inner: undefined });
  const { file, table } = told(made);
  assert.equal(file, '/app/out.js');
  assert.deepEqual(table, { names: ['one', 'two'], functions: [1, 1, 2, 1], waits: [0, 1, 24, 1, 2, 24] });
  assert.deepEqual((made as CompiledText).map.sources, ['./out.js']);
});

test('the way a text is read is the first in which it parses', () => {
  const text = 'import x from "x"; async function one() { await 1; }';
  const readings: Reading[] = [
    { format: 'commonjs', language: 'js' },
    { format: 'module', language: 'js' },
  ];
  assert.equal(
    compileText(compile, { ...given, inner: undefined, text, readings: readings.slice(0, 1) }),
    'not parsed',
  );
  assert.equal(typeof compileText(compile, { ...given, inner: undefined, text, readings }), 'object');
  const idle = { ...given, inner: undefined, text: 'export const async = 1;' };
  assert.equal(compileText(compile, idle), 'nothing asynchronous');
});

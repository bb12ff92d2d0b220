import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import Module, { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after, beforeEach } from 'node:test';
import { LateSources } from '../../../src/loader/late-sources.js';

const require = createRequire(import.meta.url);
const prototype = Module.prototype as unknown as { _compile: (...args: unknown[]) => unknown };
const asNodeHasIt = Object.getOwnPropertyDescriptor(prototype, '_compile') as PropertyDescriptor;
const folder = mkdtempSync(join(tmpdir(), 'late-sources-'));
after(() => rmSync(folder, { recursive: true }));

let count = 0;
function write(text: string): string {
  const file = join(folder, `m${count++}.cjs`);
  writeFileSync(file, text);
  return file;
}

let late = new LateSources();
let taken: string[] = [];
const expect = (file: string, code: string) => late.expect(file, code, () => void taken.push(file));
const isAsItWas = () => assert.deepEqual(Object.getOwnPropertyDescriptor(prototype, '_compile'), asNodeHasIt);

beforeEach(() => {
  isAsItWas();
  late = new LateSources();
  taken = [];
});

test('Node runs the text that was given for a file, once; all else runs as it is', () => {
  const [file, other] = [write('exports.x = "file"'), write('exports.x = "other"')];
  assert.equal(expect(file, 'exports.x = "given to " + module.children.length + " " + __filename'), true);
  assert.equal(require(other).x, 'other');
  assert.deepEqual(taken, []);
  assert.equal(require(file).x, `given to 0 ${file}`);
  assert.deepEqual(taken, [file]);
  isAsItWas();
  delete require.cache[file];
  assert.equal(require(file).x, 'file');
});

test('no frame of any stack is ours', () => {
  const text = 'exports.stack = new Error("x").stack';
  const [file, other] = [write(text), write(text)];
  expect(file, text);
  const name = (stack: string) => stack.replaceAll(/m\d+\.cjs/g, 'm.cjs').replaceAll(/:\d+:\d+/g, '');
  assert.equal(name(require(file).stack), name(require(other).stack));
});

test('what the text throws is thrown, and leaves nothing behind', () => {
  const file = write('exports.x = 1');
  expect(file, 'throw new RangeError("from the text")');
  assert.throws(() => require(file), new RangeError('from the text'));
  isAsItWas();
});

test('a module that runs, or has run, is not waited for', () => {
  const file = write('exports.x = "file"');
  require(file);
  assert.equal(expect(file, ''), true);
  isAsItWas();
});

test('after a stop files run as they are', () => {
  const file = write('exports.x = "file"');
  expect(file, 'exports.x = "given"');
  late.stop();
  isAsItWas();
  assert.equal(require(file).x, 'file');
});

test('whoever replaces the function meanwhile has replaced it', () => {
  const file = write('exports.x = "file"');
  expect(file, 'exports.x = "given"');
  const before = prototype._compile;
  const seen: unknown[] = [];
  const replaced = function (this: unknown, ...args: unknown[]) {
    seen.push(args[1]);
    return before.apply(this, args);
  };
  prototype._compile = replaced;
  assert.equal(Object.getOwnPropertyDescriptor(prototype, '_compile')?.value, replaced);
  assert.equal(require(file).x, 'file');
  assert.deepEqual(seen, [file]);
  late.stop();
  assert.equal(prototype._compile, replaced);
  Object.defineProperty(prototype, '_compile', asNodeHasIt);
});

test('where it was replaced before, the replacement gets the text', () => {
  const file = write('exports.x = "file"');
  const seen: unknown[] = [];
  const replaced = function (this: unknown, ...args: unknown[]) {
    seen.push(...args.slice(0, 2));
    return (asNodeHasIt.value as typeof prototype._compile).apply(this, args);
  };
  prototype._compile = replaced;
  expect(file, 'exports.x = "given"');
  assert.equal(require(file).x, 'given');
  assert.deepEqual(seen, ['exports.x = "given"', file]);
  assert.equal(prototype._compile, replaced);
  Object.defineProperty(prototype, '_compile', asNodeHasIt);
});

test('a function that cannot be replaced is left alone', () => {
  Object.defineProperty(prototype, '_compile', { ...asNodeHasIt, writable: false });
  assert.equal(expect(write(''), ''), false);
  Object.defineProperty(prototype, '_compile', asNodeHasIt);
});

test('of very many the oldest are forgotten', () => {
  const first = write('exports.x = "file"');
  expect(first, 'exports.x = "given"');
  for (let n = 0; n < 1000; n++) expect(join(folder, `none-${n}.cjs`), '');
  assert.equal(require(first).x, 'file');
  late.stop();
  isAsItWas();
});

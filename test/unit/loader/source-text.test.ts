import assert from 'node:assert/strict';
import test from 'node:test';
import { textOf } from '../../../src/loader/source-text.js';

const TEXT = 'export const grün = "✓ 𝄞";';
const bytes = new TextEncoder().encode(TEXT);

test('a source is text, whatever it is handed over in', () => {
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
  shared.set(bytes);
  const inside = new Uint8Array(bytes.length + 7);
  inside.set(bytes, 3);
  const all = {
    string: TEXT,
    Uint8Array: bytes,
    Buffer: Buffer.from(TEXT),
    ArrayBuffer: bytes.slice().buffer,
    SharedArrayBuffer: shared.buffer,
    'shared view': shared,
    'view of a part': inside.subarray(3, 3 + bytes.length),
    DataView: new DataView(inside.buffer, 3, bytes.length),
  };
  for (const [what, source] of Object.entries(all)) assert.equal(textOf(source), TEXT, what);
});

test('all else is none: other encodings, byte order marks, other things', () => {
  const others = {
    latin1: Buffer.from('grün', 'latin1'),
    utf16: Buffer.from(TEXT, 'utf16le'),
    'cut off': bytes.subarray(0, TEXT.indexOf('ü') + 1),
    'a byte order mark': Buffer.from(`\ufeff${TEXT}`),
    'a byte order mark in a string': `\ufeff${TEXT}`,
    null: null,
    undefined: undefined,
    'an object that says it is text': { toString: () => TEXT },
    'an array of bytes': [...bytes],
  };
  for (const [what, source] of Object.entries(others)) assert.equal(textOf(source), undefined, what);
});

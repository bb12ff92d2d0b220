import assert from 'node:assert/strict';
import test from 'node:test';
import { duration } from '../../../src/cli/view/figures.js';
import { lookOf } from '../../../src/cli/view/look.js';
import { clean, columns, fit, fitEnd, pad, wrap } from '../../../src/cli/view/text.js';

test('columns are those of a terminal', () => {
  const widths: [string, number][] = [
    ['abc', 3],
    ['äöü', 3],
    ['a\u0308', 1],
    ['日本', 4],
    ['🚀', 2],
    ['👨‍👩‍👧', 2],
    ['', 0],
  ];
  for (const [text, width] of widths) assert.equal(columns(text), width, text);
});

test('text is cut at its end, paths at their beginning', () => {
  assert.equal(fit('placeOrder', 8, '…'), 'placeOr…');
  assert.equal(fit('日本語', 4, '…'), '日…');
  assert.equal(fitEnd('/srv/shop/src/routes/orders.ts:24', 20, '…'), '…/orders.ts:24');
  assert.equal(fitEnd('a.ts:1', 20, '…'), 'a.ts:1');
  assert.equal(pad('日', 4), '日  ');
});

test('sentences are broken at spaces, and cut when they are too many', () => {
  assert.deepEqual(wrap('one two three four', 9, 3, '…'), ['one two', 'three', 'four']);
  assert.deepEqual(wrap('one two three four', 9, 2, '…'), ['one two', 'three fo…']);
  assert.deepEqual(wrap('x'.repeat(12), 9, 3, '…'), ['xxxxxxxx…']);
  assert.deepEqual(wrap('', 9, 3, '…'), ['']);
});

test('controls become visible, lines become one', () => {
  assert.equal(clean('a\u001b[31mb\n\n  c\u0007'), 'a␛[31mb c␇');
  assert.equal(clean('x'.repeat(1_000)).length, 401);
});

test('durations have the digits that matter', () => {
  const shown: [ms: number, text: string][] = [
    [0, '0 ms'],
    [0.0004, '0.4 µs'],
    [0.05, '50 µs'],
    [0.5, '0.5 ms'],
    [1.234, '1.23 ms'],
    [12.34, '12.3 ms'],
    [123.4, '123 ms'],
    [999.7, '1 s'],
    [12_345, '12.3 s'],
    [300_000, '5 min'],
    [8_000_000, '2 h'],
  ];
  for (const [ms, text] of shown) assert.equal(duration(ms), text);
});

test('a terminal is asked for its wishes', () => {
  const tty = { isTTY: true, columns: 100 };
  assert.deepEqual(lookOf(tty, { LANG: 'de_DE.UTF-8' }, '/'), {
    width: 100,
    color: true,
    unicode: true,
    cwd: '/',
  });
  assert.equal(lookOf(tty, { NO_COLOR: '1' }, '/').color, false);
  assert.equal(lookOf(tty, { TERM: 'dumb' }, '/').color, false);
  assert.equal(lookOf({}, {}, '/').color, false);
  assert.equal(lookOf({}, { FORCE_COLOR: '1' }, '/').color, true);
  assert.equal(lookOf(tty, { LC_ALL: 'C', LANG: 'en_US.UTF-8' }, '/').unicode, false);
  assert.equal(lookOf({ columns: 20 }, {}, '/').width, 60);
  assert.equal(lookOf({}, { COLUMNS: '5000' }, '/').width, 200);
});

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after } from 'node:test';
import { awaitedAt, bodyOf, mayTakeWhatComes } from '../../../../src/tasks/sites/function-text.js';
import type { Site } from '../../../../src/tasks/sites/site-table.js';

const folder = mkdtempSync(join(tmpdir(), 'otel-async-text-'));
after(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;

function siteOf(text: string, column = 1): Site {
  const file = join(folder, `${files++}.js`);
  writeFileSync(file, text);
  return {
    functionName: 'f',
    file,
    line: 1,
    column,
    definitionLine: 1,
    definitionColumn: column,
    origin: 'user',
  };
}

test('the body of a function ends where it does', () => {
  const rest = ' while (true) {}';
  const whole: string[] = [
    'async function f({ a = {} }, [b]) { if (a) { b(); } }',
    '(a) => { return [{}]; }',
    "f() { log('}', `{`); }",
    'f() { /* } */ g(); } // }',
  ];
  for (const text of whole) {
    assert.doesNotMatch(bodyOf(`${text}\n${rest}`), /while/, text);
    assert.doesNotMatch(bodyOf(`${text},\n${rest}`), /while/, text);
  }
  assert.equal(bodyOf('(a) => g(a, 1), while (true) {}'), '(a) => g(a, 1),');
  assert.equal(bodyOf('(a) => g(a)); while (true) {}'), '(a) => g(a))');
});

test('a function with a loop that takes what comes', () => {
  const loops = [
    'for await (const x of y) {}',
    'while (true) await x();',
    'do { x(); } while (y);',
    'for (;;) x();',
  ];
  for (const loop of loops)
    assert.equal(mayTakeWhatComes(siteOf(`async function f() { ${loop} }`)), true, loop);
  const none = ['for (const x of y) await x;', '// while (x)', "log('for await');", 'await x();'];
  for (const text of none)
    assert.equal(mayTakeWhatComes(siteOf(`async function f() { ${text}\n }`)), false, text);
  assert.equal(mayTakeWhatComes({ ...siteOf(''), file: join(folder, 'gone.js') }), true, 'it cannot be read');
});

test('what is awaited at a place', () => {
  const told = [
    'await once(x)',
    'await events.once(x)',
    'await fetch(url)',
    'await query(once(x))',
    'await x',
  ];
  assert.deepEqual(
    told.map((text) => awaitedAt(siteOf(text))),
    ['event', 'event', 'answer', undefined, undefined],
  );
});

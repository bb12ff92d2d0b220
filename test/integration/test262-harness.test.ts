import assert from 'node:assert/strict';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { frontmatterOf } from '../conformance/test262/frontmatter.js';
import { type Judged, judge } from '../conformance/test262/pool.js';
import { reportText, totalsOf } from '../conformance/test262/report.js';
import { selectTests } from '../conformance/test262/selection.js';
import { fixturePath } from '../support/program.js';

const checkout = fixturePath('test262');
const compilerFile = (name: string) =>
  fileURLToPath(new URL(`../conformance/test262/${name}.js`, import.meta.url));

async function run(compiler: string): Promise<Judged[]> {
  const all: Judged[] = [];
  const { tests } = selectTests(checkout);
  const options = { checkout, compiler: compilerFile(compiler), node: process.execPath, processes: 2 };
  await judge(tests, options, (judged) => void all.push(judged));
  return all.sort((a, b) => (a.test.file + a.test.mode < b.test.file + b.test.mode ? -1 : 1));
}

test('frontmatter is read in either style of YAML', () => {
  const inline = frontmatterOf('/*---\nflags: [async,\n  noStrict]\nincludes: [a.js, b.js]\n---*/');
  assert.deepEqual([...inline.flags], ['async', 'noStrict']);
  assert.deepEqual(inline.includes, ['a.js', 'b.js']);
  const block = frontmatterOf(
    '/*---\nflags:\n  - module\nnegative:\n  phase: parse\n  type: SyntaxError\nincludes:\n - c.js\n---*/',
  );
  assert.deepEqual([...block.flags], ['module']);
  assert.deepEqual(block.includes, ['c.js']);
  assert.deepEqual(block.negative, { phase: 'parse', type: 'SyntaxError' });
});

test('tests in each of their modes pass as they are, and the compiled ones are the same', async () => {
  const judged = await run('compiler');
  assert.deepEqual(
    judged.map(({ test, verdict }) => [test.file, test.mode, verdict?.passes, verdict?.different]),
    [
      ['language/awaits.js', 'sloppy', true, []],
      ['language/awaits.js', 'strict', true, []],
      ['language/module-code/imports.js', 'module', true, []],
      ['language/rejects.js', 'sloppy', true, []],
      ['language/rejects.js', 'strict', true, []],
      ['language/throws.js', 'sloppy', true, []],
    ],
  );
});

test('a compiler that adds a turn, accepts what is wrong, or moves lines is caught in each test', async () => {
  const judged = await run('broken-compiler');
  const totals = totalsOf(judged);
  assert.equal(totals.different.length, judged.length);
  const report = reportText(totals, 0);
  assert.match(report, /DIFFERENT language\/awaits\.js \(sloppy\)\n {4}ticks: \d+ became \d+/);
  assert.match(report, /DIFFERENT language\/module-code\/imports\.js \(module\)/);
  assert.match(report, /rejects\.js \(strict\)\n {4}end: "parse SyntaxError: .*" became "completed"/);
  assert.match(report, /throws\.js \(sloppy\)\n {4}stack: .*throws\.js:10.* became .*throws\.js:11/);
  assert.match(report, /\ndifferent +6$/);
});

test('a test that brings its process down when compiled is one that differs', async () => {
  const judged = await run('deadly-compiler');
  for (const { verdict } of judged) {
    assert.deepEqual(verdict?.different, ['the process ended with exit code 7']);
  }
});

/** Programs that look at themselves closely do the same with compiled sites as without this package at all. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after } from 'node:test';
import { compile } from '../../../src/compiler/compile.js';
import { CLOSE, OPEN } from '../../../src/compiler/insertions.js';
import { compiledPrograms } from '../../support/compiled-programs.js';
import { CompiledApplication, cannotCompile } from '../../support/compiled-run.js';

const DEBUG = { OTEL_NODE_ASYNC_DEBUG: 'true' };
/** What is left alone, and what the loader says of it. */
const LEFT_ALONE: Readonly<Record<string, RegExp>> = {
  'bom.mjs': /not text/,
  'very-deep.mjs': /refused/,
  'very-long-line.mjs': /too large/,
};

const { files, programs } = compiledPrograms();
const application = new CompiledApplication(files);
after(() => application.remove());

for (const program of programs) {
  test(`${program} does the same when it is compiled`, { skip: cannotCompile }, async () => {
    const bare = await application.bare(program);
    const { ended, modules } = await application.compiled(program, { env: DEBUG });
    assert.equal(ended.stdout, bare.stdout);
    assert.deepEqual([ended.code, ended.signal], [bare.code, bare.signal]);
    assert.equal(errorsOf(ended.stderr), errorsOf(bare.stderr));
    const remark = LEFT_ALONE[program];
    if (remark !== undefined) assert.match(ended.stderr, remark);
    // Node 22 does not know `await using`
    else if (!bare.stderr.includes('SyntaxError')) assert.ok(modules > 0, `not compiled: ${ended.stderr}`);
  });
}

/**
 * An error that ends a program, as Node prints it: without columns and without the line of the source, which are those
 * of the compiled code unless Node looks at source maps; without Node's own frames, which debug mode's hooks have more
 * of; and without what the loader says.
 */
function errorsOf(stderr: string): string {
  return stderr
    .replace(/^opentelemetry-instrumentation-async: .*\n/gm, '')
    .replace(/^(\S+:\d+)\n.*\n\s*\^+\n/m, '$1\n')
    .replace(/:(\d+):\d+(\)?)$/gm, ':$1$2')
    .replace(/^\s+at .*node:.*\n/gm, '');
}

test('with --enable-source-maps an error that ends a program shows its author’s line, and columns', {
  skip: cannotCompile,
}, async () => {
  for (const program of ['crash.cjs', 'crash.mjs']) {
    const { ended } = await application.compiled(program, { env: DEBUG, flags: ['--enable-source-maps'] });
    const bare = await application.bare(program);
    const lines = (stderr: string) => stderr.match(/^.*\n\s*\^/m)?.[0];
    assert.ok(lines(bare.stderr));
    assert.equal(lines(ended.stderr), lines(bare.stderr));
    const places = (stderr: string) => stderr.match(/crash\.[cm]js:\d+:\d+/g);
    assert.deepEqual(places(ended.stderr), places(bare.stderr));
  }
});

test('code coverage tells of the same functions and lines', { skip: cannotCompile }, async () => {
  const bare = await coverage((env) => application.bare('covered.mjs', { env }));
  const compiled = await coverage((env) =>
    application.compiled('covered.mjs', { env: { ...DEBUG, ...env } }),
  );
  assert.deepEqual([...compiled.keys()], [...bare.keys()]);
  for (const [file, { functions, missed }] of bare) {
    assert.ok(functions.length > 0 && missed.length > 0);
    assert.deepEqual(compiled.get(file), { functions, missed }, file);
  }
});

interface FileCoverage {
  /** Of each function, its name and how often it ran. */
  functions: string[];
  /** Lines of which nothing ran, from 1. */
  missed: number[];
}

interface Range {
  startOffset: number;
  endOffset: number;
  count: number;
}

async function coverage(
  run: (env: Record<string, string>) => Promise<unknown>,
): Promise<Map<string, FileCoverage>> {
  const folder = mkdtempSync(join(tmpdir(), 'coverage-'));
  await run({ NODE_V8_COVERAGE: folder });
  const seen = new Map<string, FileCoverage>();
  for (const name of readdirSync(folder)) {
    const { result } = JSON.parse(readFileSync(join(folder, name), 'utf8')) as {
      result: { url: string; functions: { functionName: string; ranges: Range[] }[] }[];
    };
    for (const { url, functions } of result.sort((a, b) => (a.url < b.url ? -1 : 1))) {
      const file = url.match(/(covered|stepped)\.mjs$/)?.[0];
      if (file === undefined) continue;
      const text = textRun(
        file,
        url,
        functions.some(({ functionName }) => functionName === '$oa$e'),
      );
      const own = functions.filter(({ ranges }) => !isInserted(text, ranges[0] as Range));
      seen.set(file, {
        functions: own.map(({ functionName, ranges }) => `${functionName} ${ranges[0]?.count}`),
        missed: missedLines(
          text,
          own.flatMap(({ ranges }) => ranges),
        ),
      });
    }
  }
  rmSync(folder, { recursive: true, force: true });
  return seen;
}

function textRun(file: string, url: string, compiled: boolean): string {
  const source = String(files[file]);
  if (!compiled) return source;
  const result = compile({ source, file: url, format: 'module', language: 'js' });
  assert.ok('code' in result);
  return result.code;
}

function isInserted(text: string, { startOffset, endOffset }: Range): boolean {
  const opened = text.lastIndexOf(OPEN, startOffset);
  return opened >= 0 && text.indexOf(CLOSE, opened) >= endOffset;
}

/** What stands between insertions alone counts; the ranges of later functions and blocks lie inside earlier ones. */
function missedLines(text: string, ranges: readonly Range[]): number[] {
  const counts = new Float64Array(text.length).fill(1);
  for (const { startOffset, endOffset, count } of ranges) counts.fill(count, startOffset, endOffset);
  const ran = new Map<number, boolean>();
  let line = 1;
  let inserted = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at] as string;
    if (character === '\n') line++;
    else if (character === OPEN) inserted = true;
    else if (character === CLOSE) inserted = false;
    else if (!inserted && /\S/.test(character)) ran.set(line, (ran.get(line) ?? false) || counts[at] !== 0);
  }
  return [...ran].filter(([, some]) => !some).map(([number]) => number);
}

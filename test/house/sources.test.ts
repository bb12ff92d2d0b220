import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import test from 'node:test';
import { ATTR, EVENT, METRIC } from '../../src/semconv.js';
import { REPOSITORY } from '../support/packed.js';

const MAX_LINES = 250;
/** Names of signals that the design has and the code does not make yet. */
const NOT_MADE_YET = [
  'ATTR.FINDING_TYPE',
  'METRIC.TASK_ACTIVE',
  'METRIC.TASK_CREATED',
  'METRIC.TASK_DURATION',
  'METRIC.FINDING',
];
const TABLES = { ATTR, METRIC, EVENT } as const;

function filesOf(folder: string): { file: string; text: string }[] {
  return readdirSync(join(REPOSITORY, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))
    .map((name) => ({
      file: join(folder, name),
      text: readFileSync(join(REPOSITORY, folder, name), 'utf8'),
    }));
}

const sources = filesOf('src');

test(`no file of src has more than ${MAX_LINES} lines`, () => {
  assert.ok(sources.length > 10);
  const long = (files: typeof sources) =>
    files
      .map(({ file, text }) => ({ file, lines: text.trimEnd().split('\n').length }))
      .filter(({ lines }) => lines > MAX_LINES);
  for (const { file, lines } of long(filesOf('test'))) console.log(`${file} has ${lines} lines: split it?`);
  assert.deepEqual(long(sources), []);
});

test('files are named in kebab-case, after what is inside', () => {
  const wrong = sources
    .map(({ file }) => file)
    .filter(
      (file) => !/^[a-z0-9]+(-[a-z0-9]+)*\.ts$/.test(basename(file)) || /\/(utils?|helpers?)\.ts$/.test(file),
    );
  assert.deepEqual(wrong, []);
});

/** Optional peers, each loaded in one place when it is first needed. */
const OPTIONAL: Readonly<Record<string, string>> = {
  '@babel/parser': join('src', 'compiler', 'libraries.ts'),
  'magic-string': join('src', 'compiler', 'libraries.ts'),
};

test('src imports Node, itself and @opentelemetry/api; no SDK, no other package', () => {
  const wrong: string[] = [];
  for (const { file, text } of sources) {
    for (const [, target] of text.matchAll(/(?:\bfrom\s+|\bimport\s*\(?\s*|\brequire\(\s*)'([\w@./:-]+)'/g)) {
      if (OPTIONAL[target as string] === file) continue;
      if (!/^(node:|\.{1,2}\/)/.test(target as string) && target !== '@opentelemetry/api') {
        wrong.push(`${file}: ${target}`);
      }
    }
  }
  assert.deepEqual(wrong, []);
});

test('no module that is loaded by require() awaits at its top level', () => {
  const awaiting = sources.filter(({ text }) =>
    /^(?:export )?(?:(?:const|let) [^=\n]+= )?await /m.test(text),
  );
  assert.deepEqual(
    awaiting.map(({ file }) => file),
    [],
  );
});

test('every name on the wire is used, and written in one place', () => {
  const others = sources.filter(({ file }) => !file.endsWith('semconv.ts')).map(({ text }) => text);
  const rows = Object.entries(TABLES).flatMap(([table, names]) =>
    Object.entries(names).map(([key, value]) => ({ row: `${table}.${key}`, value })),
  );
  assert.ok(rows.length > 20);
  const all = others.join('\n');
  const unused = rows.map(({ row }) => row).filter((row) => !new RegExp(`\\b${row}\\b`).test(all));
  assert.deepEqual(
    unused.filter((row) => !NOT_MADE_YET.includes(row)),
    [],
    'nothing uses these',
  );
  // our own names are told by their prefix; those of the conventions are words that occur in other senses
  const ours = rows.filter(({ value }) => value.startsWith('async.'));
  assert.deepEqual(
    ours.filter(({ value }) => all.includes(`'${value}'`)).map(({ value }) => value),
    [],
    'these are written out instead of taken from semconv.ts',
  );
});

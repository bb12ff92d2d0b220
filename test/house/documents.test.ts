import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { environmentName, OPTIONS } from '../../src/config/options.js';
import { sourceText, withGenerated } from '../support/docs.js';
import { REPOSITORY } from '../support/packed.js';

const read = (file: string) => readFileSync(join(REPOSITORY, file), 'utf8');
const DOCUMENTS = ['README.md', 'CONTRIBUTING.md'] as const;

test('the options table of the README is what the code says', () => {
  const readme = read('README.md');
  assert.equal(readme, withGenerated(readme), 'run: npm run docs');
  const listed = [...readme.matchAll(/^\| `([\w.]+)`(?:<br>`OTEL_NODE_ASYNC_\w+`)? \|/gm)].map(
    ([, path]) => path,
  );
  assert.ok(listed.length > 15 && listed.every((path) => Object.hasOwn(OPTIONS, path as string)));
});

test('every command that a document or CI names is a script of package.json', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  const missing: string[] = [];
  for (const file of [...DOCUMENTS, '.ci/run']) {
    const later = [...read(file).matchAll(/has_script ([\w:-]+)/g)].map(([, name]) => name);
    for (const [, name] of read(file).matchAll(/\bnpm run (?:-s )?([a-z][\w:-]*)/g)) {
      if (!scripts[name as string] && !later.includes(name)) missing.push(`${file}: npm run ${name}`);
    }
  }
  assert.deepEqual(missing, []);
});

test('the lockfile is whole, on every platform, and holds no addresses', () => {
  // npm installing into a folder that lacks the packages of other platforms takes them out of the lockfile, and then
  // `npm ci` refuses it: remove node_modules and the lockfile, and install again
  const lock = JSON.parse(read('package-lock.json')) as {
    packages: Record<string, { optionalDependencies?: Record<string, string>; resolved?: string }>;
  };
  const names = new Set(Object.keys(lock.packages).map((path) => path.split('node_modules/').at(-1)));
  const missing = Object.values(lock.packages)
    .flatMap(({ optionalDependencies }) => Object.keys(optionalDependencies ?? {}))
    .filter((name) => !names.has(name));
  assert.deepEqual(missing, []);
  assert.ok(Object.values(lock.packages).every(({ resolved }) => resolved === undefined));
});

test('every variable of ours that a document names is one the code reads', () => {
  const source = sourceText();
  const known = new Set(Object.keys(OPTIONS).map(environmentName));
  const unknown = DOCUMENTS.flatMap((file) => read(file).match(/OTEL_NODE_ASYNC_[A-Z0-9_]+/g) ?? []).filter(
    (name) => !known.has(name) && !source.includes(`'${name}'`),
  );
  assert.deepEqual(unknown, []);
});

test('every file that CONTRIBUTING names is there', () => {
  const named = [...read('CONTRIBUTING.md').matchAll(/`((?:src|test)\/[\w./-]+\.(?:ts|json))`/g)].map(
    ([, f]) => f,
  );
  assert.ok(named.length > 3);
  for (const file of named) assert.doesNotThrow(() => read(file as string), `${file} is not there`);
});

test('the map at the top of index.ts names every folder of src, and no other', () => {
  const map = read('src/index.ts').split('*/')[0] as string;
  const mapped = new Set(
    [...map.matchAll(/^ \*\s+\d\s\s(.*?)\s\s/gm)].flatMap(([, names]) =>
      (names as string).split(',').map((name) => name.trim()),
    ),
  );
  const entries = readdirSync(join(REPOSITORY, 'src'), { withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => `${name}/`);
  assert.deepEqual(
    folders.filter((folder) => !mapped.has(folder)),
    [],
  );
});

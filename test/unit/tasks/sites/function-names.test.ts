import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after } from 'node:test';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { nameOfTask } from '../../../../src/tasks/names.js';
import { captureFrames } from '../../../../src/tasks/sites/capture.js';
import type { Site } from '../../../../src/tasks/sites/site-table.js';
import { locationOf } from '../../../../src/tasks/sites/source-maps.js';

const folder = mkdtempSync(join(tmpdir(), 'function-names-'));
after(() => rmSync(folder, { recursive: true }));

/** Each function calls `take` while it runs, and is not called after what it is assigned to alone. */
const SOURCE = `
type Take = () => void;
function declared(take: Take) { take(); }
async function declaredAsync(take: Take) { take(); }
function* generated(take: Take) { take(); }
async function* generatedAsync(take: Take) { take(); }
const arrow = (take: Take) => take();
const arrowOfOne = async (take: Take) => take();
const expression = function (take: Take) { take(); };
const called = function itself(take: Take): unknown { take(); return itself; };
class Shop { sell(take: Take) { take(); } static open(take: Take) { take(); } }
const shelf = { place(take: Take) { take(); } };
function outer(take: Take) {
  const before = take;
  function inner(taken: Take) { taken(); }
  inner(before);
}
export async function all(take: Take) {
  declared(take);
  await declaredAsync(take);
  [...generated(take)];
  for await (const _ of generatedAsync(take));
  arrow(take);
  await arrowOfOne(take);
  expression(take);
  called(take);
  new Shop().sell(take);
  Shop.open(take);
  shelf.place(take);
  outer(take);
  [1].forEach(() => take());
}
`;
const WRITTEN = [
  'declared',
  'declaredAsync',
  'generated',
  'generatedAsync',
  'arrow',
  'arrowOfOne',
  'expression',
  'itself',
  'sell',
  'open',
  'place',
  'inner',
  null,
];

/** What runs in a bundle, and what is written of it. */
async function namesIn(
  format: 'esm' | 'cjs',
  options: object,
): Promise<{ names: unknown[]; raw: unknown[] }> {
  const outfile = join(folder, `bundle-${Math.random()}.${format === 'esm' ? 'mjs' : 'cjs'}`);
  const stdin = { contents: SOURCE, sourcefile: 'shop.ts', loader: 'ts' } as const;
  await build({ stdin, outfile, format, bundle: true, sourcemap: true, ...options });
  const bundle = await import(pathToFileURL(outfile).href);
  const { all } = format === 'esm' ? bundle : bundle.default;
  const seen: Site[] = [];
  await all(function take() {
    seen.push(captureFrames(take, 1)[0] as Site);
  });
  return {
    names: seen.map((site) => locationOf(site)?.functionName ?? null),
    raw: seen.map((site) => site.functionName),
  };
}

for (const format of ['esm', 'cjs'] as const) {
  test(`functions of a minified bundle have the names that were written, ${format}`, async () => {
    const { names, raw } = await namesIn(format, { minify: true });
    assert.notDeepEqual(raw.slice(0, 8), WRITTEN.slice(0, 8), 'nothing was renamed');
    assert.deepEqual(names, WRITTEN);
  });
}

test('so have those on lines of their own, and those that were not renamed', async () => {
  assert.deepEqual((await namesIn('esm', { minifyIdentifiers: true })).names, WRITTEN);
  assert.deepEqual((await namesIn('esm', {})).names, WRITTEN);
});

test('a task is called after its function, as it was written', () => {
  const script = join(folder, 'named.js');
  writeFileSync(script, 'async function t(){}\n//# sourceMappingURL=named.js.map\n');
  const mappings = 'AAAA,eAAeA';
  writeFileSync(
    `${script}.map`,
    JSON.stringify({ version: 3, sources: ['a.ts'], names: ['restock'], mappings }),
  );
  const definition = {
    functionName: 't',
    file: script,
    line: 1,
    column: 20,
    definitionLine: 1,
    definitionColumn: 1,
    origin: 'user',
  } as Site;
  const task = { foreign: false, site: definition, definition };
  assert.equal(nameOfTask({ ...task, name: 't' }), 'restock');
  assert.equal(nameOfTask({ ...task, name: 'fetch' }), 'fetch');
  // a promise that it makes
  assert.equal(nameOfTask({ ...task, definition: undefined, name: 't' }), 'restock');
});

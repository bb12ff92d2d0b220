import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import vm from 'node:vm';
import { captureFrames } from '../../../../src/tasks/sites/capture.js';
import type { Site } from '../../../../src/tasks/sites/site-table.js';
import { locationOf, mapLocation } from '../../../../src/tasks/sites/source-maps.js';
import { nearestUserFrame, parseStack } from '../../../../src/tasks/sites/stack-text.js';
import { waitFor } from '../../../support/backends/wait.js';
import { encodeMappings } from '../../../support/source-map.js';

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'bundles-')));
after(() => rmSync(folder, { recursive: true }));

/** Each line of a bundle is the first line of a file. Not loaded by Node, which may know its map then. */
function writeBundle(name: string, sources: string[], content = '') {
  const script = join(folder, name);
  const code = `${LINES.join('\n')}\n`;
  const mappings = encodeMappings(sources.map((_, source) => [{ generated: 0, source, line: 0, column: 0 }]));
  writeFileSync(script, `${code}//# sourceMappingURL=${name}.map\n`);
  writeFileSync(
    `${script}.map`,
    JSON.stringify({ version: 3, sources, names: [], mappings, sourcesContent: [content] }),
  );
  const bundle = () => vm.runInThisContext(`${code}; ({ library, user, wraps })`, { filename: script });
  return { script, bundle };
}

const LINES = [
  'function library(callback) { return callback(); }',
  'function user(callback) { return library(callback); }',
  '/* one more library */',
  'function wraps(callback) { return user(callback); }',
];
const SOURCES = [
  '../node_modules/pg/lib/client.js',
  '../src/app.ts',
  '../node_modules/pg/lib/error.js',
  '../node_modules/@opentelemetry/sdk-trace-base/src/BasicTracerProvider.ts',
];

test('libraries in a bundle are told from user code, once its map has been read', async () => {
  const { script, bundle } = writeBundle('server.js', SOURCES, 'x'.repeat(100_000));
  const { wraps } = bundle();
  const probe = (): ReturnType<typeof captureFrames> => captureFrames(probe, 3);
  const origins = () => wraps(probe).map((site: Site) => site.origin);
  assert.deepEqual(origins(), ['user', 'user', 'user']);
  await waitFor('the map', () => origins()[0] !== 'user' || undefined);
  assert.deepEqual(origins(), ['library', 'user', 'opentelemetry']);
  assert.equal(locationOf(wraps(probe)[1])?.file, join(folder, '../src/app.ts'));

  const frames = parseStack(
    `Error\n    at library (${script}:1:37)\n    at user (${pathToFileURL(script)}:2:34)\n`,
  );
  assert.equal(nearestUserFrame(frames)?.functionName, 'user');
});

test('the same in a bundle that Node itself has loaded, with source maps on or off', async () => {
  const { script } = writeBundle('loaded.cjs', SOURCES, 'x'.repeat(100_000));
  appendFileSync(script, 'module.exports = { library };\n//# sourceMappingURL=loaded.cjs.map\n');
  const { library } = createRequire(import.meta.url)(script);
  const probe = (): ReturnType<typeof captureFrames> => captureFrames(probe, 1);
  await waitFor('the map', () => library(probe)[0].origin === 'library' || undefined);
});

test('a bundle without libraries is user code, and a small map is left until it is needed', async () => {
  const probe = (): ReturnType<typeof captureFrames> => captureFrames(probe, 1);
  const bare = writeBundle('bare.js', ['a.ts', 'b.ts', 'c.ts', 'd.ts'], 'x'.repeat(100_000)).bundle();
  const small = writeBundle('small.js', SOURCES).bundle();
  for (let turns = 0; turns < 50; turns++) {
    assert.equal(bare.user(probe)[0].origin, 'user');
    assert.equal(small.user(probe)[0].origin, 'user');
    await turn();
  }
});

test('a dying process waits for a map that is being read', async () => {
  const { script } = writeBundle('dying.js', SOURCES, 'x'.repeat(2_000_000));
  const raw = { file: script, line: 2, column: 30 };
  assert.deepEqual(mapLocation(raw), raw);
  const original = { file: join(folder, '../src/app.ts'), line: 1, column: 1 };
  assert.deepEqual(mapLocation(raw, true), original);
  for (let turns = 0; turns < 50; turns++) await turn();
  assert.deepEqual(mapLocation(raw), original);
});

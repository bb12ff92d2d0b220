/** What is in the tarball, and what `package.json` promises of it. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { VERSION } from '../../src/version.js';
import { packedPackage, REPOSITORY } from '../support/packed.js';

const manifest = JSON.parse(readFileSync(join(REPOSITORY, 'package.json'), 'utf8'));
const MAX_TARBALL_BYTES = 750_000;

test('the tarball holds the compiled package, its sources for the source maps, and the papers; nothing else', (t) => {
  const { files, size, unpackedSize } = packedPackage();
  t.diagnostic(`${files.length} files, ${kilobytes(size)} packed, ${kilobytes(unpackedSize)} unpacked`);
  console.log(`tarball: ${kilobytes(size)}, unpacked: ${kilobytes(unpackedSize)}`);
  const strangers = files.filter(
    (file) =>
      !/^dist\/.*\.(js|d\.ts|js\.map|d\.ts\.map)$/.test(file) &&
      !/^src\/.*\.ts$/.test(file) &&
      !['package.json', 'README.md', 'CHANGELOG.md', 'LICENSE'].includes(file),
  );
  assert.deepEqual(strangers, []);
  for (const needed of ['README.md', 'CHANGELOG.md', 'LICENSE', 'dist/index.js', 'dist/index.d.ts']) {
    assert.ok(files.includes(needed), `${needed} is missing`);
  }
  assert.ok(size < MAX_TARBALL_BYTES, `${kilobytes(size)} is more than anyone wants to install`);
});

test('each compiled file has its source in the tarball: none is left over from an older build', () => {
  const { files } = packedPackage();
  const compiled = files.filter((file) => file.startsWith('dist/'));
  const orphans = compiled.filter(
    (file) => !files.includes(file.replace(/^dist\//, 'src/').replace(/(\.d)?\.(js|ts)(\.map)?$/, '.ts')),
  );
  assert.deepEqual(orphans, [], 'npm run clean && npm run build');
});

test('every target of exports and bin is packed', () => {
  const { files } = packedPackage();
  const targets = [...strings(manifest.exports), ...strings(manifest.bin), ...manifest.sideEffects];
  assert.ok(targets.length >= 4);
  assert.deepEqual(
    targets.map((target) => target.replace(/^\.\//, '')).filter((target) => !files.includes(target)),
    [],
  );
});

test('the command starts with a line that names node', () => {
  for (const target of strings(manifest.bin)) {
    assert.match(readFileSync(join(REPOSITORY, target), 'utf8'), /^#!\/usr\/bin\/env node\n/, target);
  }
});

test('nothing is installed with it but the API, and no script runs on installation', () => {
  assert.deepEqual(manifest.dependencies ?? {}, {});
  assert.deepEqual(manifest.optionalDependencies ?? {}, {});
  const peers = Object.keys(manifest.peerDependencies);
  assert.deepEqual(
    peers.filter((name) => manifest.peerDependenciesMeta[name]?.optional !== true),
    ['@opentelemetry/api'],
  );
  for (const script of ['preinstall', 'install', 'postinstall', 'prepare']) {
    assert.equal(manifest.scripts[script], undefined, script);
  }
});

test('version.ts, the changelog and the lockfile tell the version of package.json', () => {
  assert.equal(VERSION, manifest.version);
  const changelog = readFileSync(join(REPOSITORY, 'CHANGELOG.md'), 'utf8');
  assert.match(changelog, new RegExp(`^## ${manifest.version.replaceAll('.', '\\.')}\\b`, 'm'));
  const lock = readFileSync(join(REPOSITORY, 'package-lock.json'), 'utf8');
  assert.equal(JSON.parse(lock).version, manifest.version);
  assert.doesNotMatch(lock, /"resolved"/, 'a lockfile with addresses works for one registry only');
});

test('the files that npm reads are there', () => {
  for (const file of ['LICENSE', 'README.md', 'CHANGELOG.md']) assert.ok(existsSync(join(REPOSITORY, file)));
  assert.equal(manifest.type, 'module');
});

function strings(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return value && typeof value === 'object' ? Object.values(value).flatMap(strings) : [];
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1024).toFixed(1)} KiB`;
}

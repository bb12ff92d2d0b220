import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { fillOnce } from '../../backends/install/cache-entry.js';

let parent: string;
let folder: string;

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'cache-entry-'));
  folder = join(parent, 'jaeger', 'v1');
});

afterEach(() => rmSync(parent, { recursive: true, force: true }));

const fill = async (temporary: string) => writeFileSync(join(temporary, 'binary'), 'x');

test('fills a folder once', async () => {
  assert.equal(await fillOnce(folder, fill), true);
  assert.deepEqual(readdirSync(folder), ['binary']);
  assert.equal(await fillOnce(folder, () => assert.fail('filled again')), false);
});

test('a fill that fails leaves nothing behind, and the next one succeeds', async () => {
  const failing = async (temporary: string) => {
    await fill(temporary);
    throw new Error('no compiler');
  };
  await assert.rejects(fillOnce(folder, failing), /no compiler/);
  assert.deepEqual(readdirSync(join(parent, 'jaeger')), []);
  assert.equal(await fillOnce(folder, fill), true);
});

test('what a killed process left is removed, what a living one is filling is not', async () => {
  // The largest process id Linux gives is 2^22.
  const dead = join(parent, 'jaeger', `.v1.${2 ** 22 + 1}.tmp`);
  const living = join(parent, 'jaeger', `.v2.${process.ppid}.tmp`);
  // of one that had the number of this process, on the same machine before it was started anew
  const before = join(parent, 'jaeger', `.v1.${process.pid}.tmp`);
  for (const path of [dead, living, before]) mkdirSync(path, { recursive: true });
  assert.equal(await fillOnce(folder, fill), true);
  assert.equal(existsSync(dead), false);
  assert.equal(existsSync(living), true);
});

test('where another process was faster, its result is taken', async () => {
  const built = await fillOnce(folder, async (temporary) => {
    await fill(temporary);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'binary'), 'theirs');
  });
  assert.equal(built, false);
  assert.deepEqual(readdirSync(join(parent, 'jaeger')), ['v1']);
});

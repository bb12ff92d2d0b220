import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after } from 'node:test';
import { userCacheFolder } from '../../../src/loader/cache-folder.js';
import { sweep } from '../../../src/loader/cache-sweep.js';
import { DiskCache } from '../../../src/loader/disk-cache.js';

const root = mkdtempSync(join(tmpdir(), 'disk-cache-'));
after(() => rmSync(root, { recursive: true }));
let count = 0;
const freshFolder = () => join(root, `cache${count++}`);
const filesOf = (folder: string) => readdirSync(join(folder, 'compiled'));

test('what was written is read again, by another process as well, and under its key alone', () => {
  const folder = freshFolder();
  const cache = new DiskCache(folder, 'version 1');
  const key = cache.keyOf(['file', 'text']);
  assert.equal(cache.read(key), undefined);
  cache.write(key, 'ü\n𝄞');
  assert.equal(new DiskCache(folder, 'version 1').read(key), 'ü\n𝄞');
  assert.equal(cache.read(cache.keyOf(['file', 'other'])), undefined);
  assert.notEqual(cache.keyOf(['ab', 'c']), cache.keyOf(['a', 'bc']));
  assert.notEqual(cache.keyOf(['a']), new DiskCache(folder, 'version 2').keyOf(['a']));
});

test('files and folder are for this user alone', () => {
  const folder = freshFolder();
  const cache = new DiskCache(folder, '');
  cache.write(cache.keyOf([]), 'text');
  assert.equal(statSync(join(folder, 'compiled')).mode & 0o777, 0o700);
  for (const file of filesOf(folder))
    assert.equal(statSync(join(folder, 'compiled', file)).mode & 0o777, 0o600);
});

test('a file that was changed, cut off, exchanged or opened to others is no entry', () => {
  const folder = freshFolder();
  const cache = new DiskCache(folder, '');
  const key = cache.keyOf(['a']);
  const path = join(folder, 'compiled', key);
  const spoil: Record<string, () => void> = {
    'a character': () => writeFileSync(path, readFileSync(path, 'utf8').replace('text', 'tExt')),
    'cut off': () => truncateSync(path, statSync(path).size - 1),
    empty: () => truncateSync(path, 0),
    'another entry': () => {
      cache.write(cache.keyOf(['b']), 'other');
      writeFileSync(path, readFileSync(join(folder, 'compiled', cache.keyOf(['b']))));
    },
    'writable for all': () => chmodSync(path, 0o666),
    'a link': () => {
      writeFileSync(join(folder, 'elsewhere'), readFileSync(path), { mode: 0o600 });
      rmSync(path);
      symlinkSync(join(folder, 'elsewhere'), path);
    },
    'a folder': () => {
      rmSync(path);
      mkdirSync(path);
    },
  };
  for (const [what, how] of Object.entries(spoil)) {
    rmSync(path, { recursive: true, force: true });
    cache.write(key, 'some text');
    assert.equal(cache.read(key), 'some text');
    how();
    assert.equal(cache.read(key), undefined, what);
  }
});

test('a folder that others can look into, change or exchange is not used', () => {
  const cases: Record<string, (folder: string) => void> = {
    'readable for others': (folder) => mkdirSync(join(folder, 'compiled'), { recursive: true, mode: 0o755 }),
    'a link to a folder': (folder) => {
      mkdirSync(`${folder}-target`, { mode: 0o700 });
      mkdirSync(folder, { mode: 0o700 });
      symlinkSync(`${folder}-target`, join(folder, 'compiled'));
    },
    'a file': (folder) => {
      mkdirSync(folder);
      writeFileSync(join(folder, 'compiled'), '');
    },
    'in a folder that others write': (folder) => {
      mkdirSync(folder);
      chmodSync(folder, 0o777);
    },
  };
  for (const [what, prepare] of Object.entries(cases)) {
    const folder = freshFolder();
    prepare(folder);
    const cache = new DiskCache(folder, '');
    assert.equal(cache.usable, false, what);
    cache.write(cache.keyOf([]), 'text');
    assert.equal(cache.read(cache.keyOf([])), undefined, what);
  }
  const open = freshFolder();
  mkdirSync(open);
  chmodSync(open, 0o777);
  assert.equal(new DiskCache(join(open, 'inside'), '').usable, false, 'below a folder that others write');
  chmodSync(open, 0o1777);
  assert.equal(new DiskCache(join(open, 'inside'), '').usable, true, 'a sticky one, as /tmp');
});

test('another user who made the folder first is not believed', {
  skip: process.getuid?.() !== 0 && 'needs root',
}, () => {
  const folder = freshFolder();
  new DiskCache(folder, '');
  chownSync(join(folder, 'compiled'), 12_345, 12_345);
  assert.equal(new DiskCache(folder, '').usable, false);
});

test('a folder that cannot be made is no cache', () => {
  const file = join(root, 'a-file');
  writeFileSync(file, '');
  assert.equal(new DiskCache(join(file, 'below'), '').usable, false);
  assert.equal(new DiskCache('/proc/nothing/here', '').usable, false);
});

test('a disk that takes no more is asked once', () => {
  const folder = freshFolder();
  const cache = new DiskCache(folder, '');
  rmSync(folder, { recursive: true });
  cache.write(cache.keyOf(['a']), 'text');
  mkdirSync(join(folder, 'compiled'), { recursive: true });
  cache.write(cache.keyOf(['a']), 'text');
  assert.deepEqual(filesOf(folder), []);
});

test('many processes that write the same entries leave whole ones, and nothing else', async () => {
  const folder = freshFolder();
  const program = `
    import { DiskCache } from ${JSON.stringify(new URL('../../../src/loader/disk-cache.js', import.meta.url).href)};
    const cache = new DiskCache(${JSON.stringify(folder)}, '');
    for (let i = 0; i < 60; i++) {
      const key = cache.keyOf([String(i % 5)]);
      const text = String(i % 5).repeat(50_000);
      cache.write(key, text);
      const read = cache.read(key);
      if (read !== text) throw new Error('read ' + (read === undefined ? 'nothing' : read.length));
    }`;
  const codes = await Promise.all(
    Array.from({ length: 4 }, () => {
      const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: 'inherit' });
      return new Promise((resolve) => child.on('close', resolve));
    }),
  );
  assert.deepEqual(codes, [0, 0, 0, 0]);
  assert.equal(filesOf(folder).length, 5);
  assert.ok(filesOf(folder).every((file) => !file.endsWith('.tmp')));
});

test('a sweep removes what is old, what was never finished, and beyond the bound what was used least lately', () => {
  const folder = freshFolder();
  mkdirSync(folder);
  const now = Date.now();
  const put = (name: string, bytes: number, ageMs: number) => {
    writeFileSync(join(folder, name), 'x'.repeat(bytes));
    utimesSync(join(folder, name), new Date(now - ageMs), new Date(now - ageMs));
  };
  const DAY = 24 * 60 * 60 * 1000;
  put('old', 1, 31 * DAY);
  put('unfinished.tmp', 1, DAY);
  put('in-the-making.tmp', 1, 1000);
  put('first', 400, 3000);
  put('second', 400, 2000);
  put('third', 400, 1000);
  mkdirSync(join(folder, 'not-ours'));
  sweep(folder, now, 1000);
  assert.deepEqual(readdirSync(folder).sort(), ['in-the-making.tmp', 'not-ours', 'second', 'third']);
  assert.doesNotThrow(() => sweep(join(folder, 'gone')));
});

test('what is read stays young', () => {
  const folder = freshFolder();
  const cache = new DiskCache(folder, '');
  const key = cache.keyOf([]);
  cache.write(key, 'text');
  const path = join(folder, 'compiled', key);
  const before = new Date(Date.now() - 20 * 24 * 60 * 60 * 1000);
  utimesSync(path, before, before);
  assert.equal(cache.read(key), 'text');
  assert.ok(Date.now() - lstatSync(path).mtimeMs < 60_000);
});

test('the folder follows the custom of the platform', () => {
  const name = 'opentelemetry-instrumentation-async';
  assert.equal(userCacheFolder({ XDG_CACHE_HOME: '/var/cache/me' }, 'linux'), `/var/cache/me/${name}`);
  assert.match(userCacheFolder({ XDG_CACHE_HOME: 'relative' }, 'linux'), new RegExp(`/\\.cache/${name}$`));
  assert.match(userCacheFolder({}, 'darwin'), new RegExp(`/Library/Caches/${name}$`));
});

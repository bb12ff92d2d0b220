import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { afterEach, beforeEach } from 'node:test';
import { CrashFile } from '../../../../src/sidecar/delivery/crash-file.js';
import type { OtlpRequest } from '../../../../src/sidecar/delivery/requests.js';

let folder: string;
let path: string;
beforeEach(() => {
  folder = fs.mkdtempSync(join(tmpdir(), 'crash-file-'));
  path = join(folder, 'last-words');
});
afterEach(() => fs.rmSync(folder, { recursive: true }));

const entry = (text: string): OtlpRequest => ({
  signal: 'logs',
  encoding: 'json',
  body: Buffer.from(text),
});
const texts = (entries: readonly OtlpRequest[]) => entries.map(({ body }) => Buffer.from(body).toString());

test('what is kept is taken once, in order, and then gone', () => {
  const file = new CrashFile(path);
  assert.equal(file.keep([entry('a'), entry('b')]), 2);
  assert.equal(file.keep([entry('ü')]), 1);
  const { entries, damaged, done } = file.take();
  assert.deepEqual(texts(entries), ['a', 'b', 'ü']);
  assert.equal(damaged, 0);
  assert.deepEqual(new CrashFile(path).take().entries, []);
  done();
  assert.deepEqual(fs.readdirSync(folder), []);
});

test('nothing there is nothing to take', () => {
  assert.deepEqual(new CrashFile(path).take().entries, []);
});

test('only the owner can read it, also where it was made otherwise', () => {
  fs.writeFileSync(path, '', { mode: 0o644 });
  new CrashFile(path).keep([entry('a')]);
  assert.equal(fs.statSync(path).mode & 0o777, 0o600);
});

test('it does not grow beyond 8 MiB', () => {
  const file = new CrashFile(path);
  const large = entry('x'.repeat(2 * 1024 * 1024));
  const kept = [1, 2, 3, 4].map(() => file.keep([large]));
  assert.deepEqual(kept, [1, 1, 0, 0]);
  assert.equal(file.keep([large, entry('small')]), 1);
  assert.ok(fs.statSync(path).size <= 8 * 1024 * 1024);
});

test('damaged lines are left out, the others are not', () => {
  const file = new CrashFile(path);
  file.keep([entry('before')]);
  // a disk that was full in the midst of a line; a byte that flipped; somebody else's file
  fs.appendFileSync(path, '\n{"v":1,"signal":"logs","enc');
  file.keep([entry('after')]);
  fs.appendFileSync(path, '\u0000\uffff\n{"v":2}\n{"v":1,"signal":"secrets","encoding":"json","body":""}\n');
  const { entries, damaged } = file.take();
  assert.deepEqual(texts(entries), ['before', 'after']);
  assert.equal(damaged, 4);
});

for (const [what, make] of [
  ['a link', () => fs.symlinkSync(join(folder, 'target'), path)],
  ['a file with a second name', () => fs.linkSync(join(folder, 'target'), path)],
  ['a folder', () => fs.mkdirSync(path)],
] as const) {
  test(`${what} is refused and left as it is`, () => {
    const target = join(folder, 'target');
    fs.writeFileSync(target, 'precious');
    make();
    assert.throws(() => new CrashFile(path).keep([entry('a')]));
    assert.throws(() => new CrashFile(path).take());
    assert.equal(fs.readFileSync(target, 'utf8'), 'precious');
    assert.ok(fs.lstatSync(path));
  });
}

test("another user's file is refused", { skip: process.getuid?.() === 0 ? false : 'only root' }, () => {
  fs.writeFileSync(path, 'precious');
  fs.chownSync(path, 12345, 12345);
  assert.throws(() => new CrashFile(path).keep([entry('a')]), /another user/);
  assert.throws(() => new CrashFile(path).take(), /another user/);
});

test('what was kept before the disk was full is kept', { skip: process.platform === 'win32' }, () => {
  const program = `
    const { CrashFile } = await import(process.argv[1]);
    const file = new CrashFile(process.argv[2]);
    const body = Buffer.alloc(3_000, 'x');
    for (let i = 0; i < 9; i++) file.keep([{ signal: 'logs', encoding: 'json', body }]);`;
  const module = new URL('../../../../src/sidecar/delivery/crash-file.js', import.meta.url).href;
  const parameters = ['--input-type=module', '-e', program, module, path];
  const script = 'ulimit -f 20; exec "$@"';
  const run = spawnSync('sh', ['-c', script, 'sh', process.execPath, ...parameters], { encoding: 'utf8' });
  assert.match(run.stderr, /the disk is full|EFBIG/);
  const { entries, damaged } = new CrashFile(path).take();
  assert.ok(entries.length >= 2 && entries.length < 9, `${entries.length} entries`);
  assert.ok(damaged <= 1);
});

test('what a taker that died had taken is taken by the next, after five minutes', () => {
  const file = new CrashFile(path);
  file.keep([entry('a')]);
  file.take();
  assert.deepEqual(file.take().entries, []);
  const [taken] = fs.readdirSync(folder);
  const long = new Date(Date.now() - 6 * 60_000);
  fs.utimesSync(join(folder, taken as string), long, long);
  assert.deepEqual(texts(file.take().entries), ['a']);
});

test('several processes share it, and nothing is lost', async () => {
  const program = `
    const { CrashFile } = await import(process.argv[1]);
    const file = new CrashFile(process.argv[2]);
    for (let i = 0; i < 200; i++) {
      file.keep([{ signal: 'logs', encoding: 'json', body: Buffer.from(process.argv[3] + i) }]);
    }`;
  const module = new URL('../../../../src/sidecar/delivery/crash-file.js', import.meta.url).href;
  let running = 3;
  for (const name of ['a', 'b', 'c']) {
    const child = spawn(process.execPath, ['--input-type=module', '-e', program, module, path, name]);
    child.on('close', () => running--);
  }
  const seen: string[] = [];
  const file = new CrashFile(path);
  const takeAll = () => {
    const { entries, done } = file.take();
    seen.push(...texts(entries));
    done();
  };
  while (running > 0) {
    takeAll();
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  takeAll();
  // at least once: an entry that was written while we took the file away is written again
  assert.equal(new Set(seen).size, 600);
});

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import type { FatalError } from '../../src/types.js';

const PROGRAM = fileURLToPath(new URL('../../../test/fixtures/errors/dying.mjs', import.meta.url));

interface Death {
  code: number | null;
  stdout: string;
  /** What the crash delivery heard, and when the exit listeners ran, in order. */
  told: (FatalError | string)[];
}

function die(how: string, ...flags: string[]): Promise<Death> {
  const child = spawn(process.execPath, [...flags, PROGRAM, how], {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    timeout: 60_000,
  });
  const texts: string[] = ['', '', '', ''];
  for (const fd of [1, 2, 3]) {
    child.stdio[fd]?.on('data', (chunk: Buffer) => {
      texts[fd] = `${texts[fd]}${chunk}`;
    });
  }
  return new Promise((resolve) => {
    child.on('close', (code) => {
      const lines = (texts[3] as string).split('\n').filter((line) => line !== '');
      resolve({ code, stdout: texts[1] as string, told: lines.map((line) => JSON.parse(line)) });
    });
  });
}

const strict = '--unhandled-rejections=strict';
const DYING: readonly [how: string, origin: string, code: number, ...flags: string[]][] = [
  ['rejection', 'unhandled_rejection', 1],
  ['rejection', 'unhandled_rejection', 1, strict],
  ['exception', 'uncaught_exception', 1],
  ['exception, throwing listener', 'uncaught_exception', 7],
  ['exception, throwing monitor', 'uncaught_exception', 7],
  ['rejection, throwing listener', 'unhandled_rejection', 7],
  ['rejection, throwing listener', 'unhandled_rejection', 7, strict],
  ['rejection, throwing handled', 'uncaught_exception', 1],
];

for (const [how, origin, code, ...flags] of DYING) {
  test(`the crash delivery is told once, before the exit listeners: ${how} ${flags}`, async () => {
    const death = await die(how, ...flags);
    assert.equal(death.code, code);
    const fatal = death.told[0] as FatalError;
    assert.equal(fatal.origin, origin);
    assert.equal(fatal.ends, 'process');
    assert.equal(fatal.record?.severity, 'FATAL');
    const message = how.includes('throwing handled') ? 'the listener failed' : 'broken';
    assert.equal(fatal.record?.attributes['exception.message'], message);
    assert.match(String(fatal.record?.body), / ends the process: /);
    assert.deepEqual(
      death.told.slice(1).filter((line) => line !== 'exit listener'),
      [],
    );
  });
}

const LIVING: readonly [how: string, code: number, ...flags: string[]][] = [
  ['exception, listener', 0],
  ['exception, capture', 0],
  ['rejection, handled', 0],
  ['rejection, listener', 0],
  ['rejection, listener', 0, strict],
  ['rejection, capture', 0, strict],
  ['rejection', 0, '--unhandled-rejections=warn'],
  ['rejection', 1, '--unhandled-rejections=warn-with-error-code'],
  ['rejection', 0, '--unhandled-rejections=none'],
];

for (const [how, code, ...flags] of LIVING) {
  test(`it is not told where the process lives on: ${how} ${flags}`, async () => {
    const death = await die(how, ...flags);
    assert.equal(death.code, code);
    assert.deepEqual(death.told, ['exit listener']);
  });
}

test('what `redact` drops is told without a record', async () => {
  const { told } = await die('dropped');
  assert.deepEqual(told[0], { origin: 'unhandled_rejection', ends: 'process' });
});

test('a fatal error is never folded, and tells how many were', async () => {
  const { told } = await die('folded');
  const { record } = told[0] as FatalError;
  assert.equal(record?.attributes['async.folded_count'], 7);
  assert.match(String(record?.body), /; 7 more like it since the last record\.$/);
});

test('an expected error that ends the process is told', async () => {
  const { told, code } = await die('ignored');
  assert.equal(code, 1);
  assert.equal((told[0] as FatalError).record?.attributes['error.type'], 'AbortError');
});

for (const how of ['worker rejection', 'worker exception']) {
  test(`a worker: the thread ends, and its parent hears of it as before: ${how}`, async () => {
    const death = await die(how);
    assert.equal(death.code, 0);
    assert.equal(death.stdout, 'parent heard broken\n');
    const fatal = death.told[0] as FatalError;
    assert.equal(fatal.ends, 'thread');
    assert.equal(fatal.record?.severity, 'ERROR');
    assert.equal(fatal.record?.attributes['async.thread.id'], 1);
  });
}

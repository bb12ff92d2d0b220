import assert from 'node:assert/strict';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { Application, REGISTER } from '../../support/application.js';

const EXIT_FLUSH = pathToFileURL(join(dirname(REGISTER), 'register', 'exit-flush.js')).href;

const program = (flush: string) => `
  import { ExitFlush } from '${EXIT_FLUSH}';
  new ExitFlush({
    flush: ${flush},
    patience: (elapsed) => 20_000 - elapsed,
    waited() {},
    holdsLoop: () => false,
    activity: () => 1,
  }).install();
  process.once('beforeExit', () => setTimeout(() => console.log('closed'), 5));
`;

/** No patience is left, and there is always something new. */
const IMPATIENT = `
  import { ExitFlush } from '${EXIT_FLUSH}';
  let count = 0;
  new ExitFlush({
    flush: () => Promise.resolve(),
    patience: () => 0,
    waited() {},
    holdsLoop: () => false,
    activity: () => count++,
  }).install();
  process.on('beforeExit', () => { if (console.log('heard') || count > 20) process.exit(1); });
`;

const app = new Application({
  'impatient.mjs': IMPATIENT,
  'at-once.mjs': program('async () => {}'),
  'later.mjs': program('() => new Promise((resolve) => setTimeout(resolve, 20).unref())'),
  'failed.mjs': program("async () => { throw new Error('lost'); }"),
});
after(() => app.remove());

for (const name of ['at-once', 'later', 'failed']) {
  test(`the application has its beforeExit, however soon the flush is over: ${name}`, async () => {
    const { code, stdout, stderr } = await app.run(`${name}.mjs`);
    assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: 'closed\n', stderr: '' });
  });
}

test('the application has its beforeExit once where nothing can be waited for', async () => {
  const { code, stdout, stderr } = await app.run('impatient.mjs');
  assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: 'heard\n', stderr: '' });
});

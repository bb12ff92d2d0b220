import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const program = fileURLToPath(new URL('../fixtures/sustained-load.js', import.meta.url));
/** A minute by hand: `node build/test/fixtures/sustained-load.js 60 debug`. */
const SECONDS = '4';

for (const mode of ['standard', 'debug']) {
  test(`neither our own work nor the SDK's becomes a task span under load: ${mode}`, async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [program, SECONDS, mode]);
    const { taskSpans, received, foreign } = JSON.parse(stdout) as {
      taskSpans: number;
      received: number;
      foreign: [string, number][];
    };
    assert.ok(taskSpans > 100, `${taskSpans} task spans`);
    assert.ok(received > 3, `the exporters sent ${received} requests`);
    assert.deepEqual(foreign, []);
  });
}

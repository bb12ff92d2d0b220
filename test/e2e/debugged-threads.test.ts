/** A thread that waits for a real debugger is silent as a blocked one is: the sidecar's look must not keep it there. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { REGISTER } from '../support/application.js';
import { Collector } from '../support/collector.js';
import { runProgram } from '../support/program.js';

for (const [kind, what] of [
  ['waits', 'one that waits for a debugger can be terminated'],
  ['exit', 'the process ends while one waits'],
] as const) {
  test(what, async () => {
    const collector = await Collector.start();
    try {
      const env = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url };
      const run = (flags: string[]) =>
        runProgram('sidecar/debugged-threads.mjs', [kind], env, flags).finished;
      const [bare, watched] = await Promise.all([run([]), run(['--import', REGISTER])]);
      assert.deepEqual([watched.code, watched.stdout], [bare.code, bare.stdout], watched.stderr);
      assert.equal(bare.code, kind === 'exit' ? 3 : 0, bare.stderr);
    } finally {
      await collector.stop();
    }
  });
}

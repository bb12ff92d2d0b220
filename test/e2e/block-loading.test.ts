/** Blocks while modules are loaded beside a loader that has the loop turn meanwhile. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { pathToFileURL } from 'node:url';
import { attributesOf, Collector } from '../support/collector.js';
import { fixturePath, packageFolder, runProgram } from '../support/program.js';

test('a block while the entry is loaded through a loader is startup, one at its top level after a wait is not', async () => {
  const collector = await Collector.start();
  try {
    const imported = [
      pathToFileURL(fixturePath('sidecar/slow-loader.mjs')).href,
      `${packageFolder}register.js`,
    ];
    const run = await runProgram('sidecar/loading.mjs', [], { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url }, [
      '--no-warnings',
      ...imported.flatMap((url) => ['--import', url]),
    ]).finished;
    assert.equal(run.code, 0, run.stderr);
    const endOf = (file: string) => () =>
      collector.logs
        .map(({ item }) => ({ severity: item.severityText, of: attributesOf(item) }))
        .find(
          ({ of }) =>
            of.get('async.block.phase') === 'ended' &&
            String(of.get('code.stacktrace')).includes(`${file}.mjs`),
        );
    const loading = await collector.until('the block at start', endOf('loading-heavy'));
    assert.equal(loading.of.get('async.block.startup'), true);
    assert.equal(loading.severity, 'INFO');
    const running = await collector.until('the block afterwards', endOf('loading'));
    assert.equal(running.of.get('async.block.startup'), undefined);
    assert.equal(running.severity, 'WARN');
  } finally {
    await collector.stop();
  }
});

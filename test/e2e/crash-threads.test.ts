import assert from 'node:assert/strict';
import test, { after, before, beforeEach } from 'node:test';
import { attributesOf, Collector } from '../support/collector.js';
import { comparable } from '../support/crashes/crash.js';
import { runProgram } from '../support/program.js';

let collector: Collector;
before(async () => {
  collector = await Collector.start();
});
after(() => collector.stop());
beforeEach(() => {
  for (const list of [collector.logs, collector.spans]) list.length = 0;
});

const run = (where: string, kind: string, env: NodeJS.ProcessEnv = {}) =>
  runProgram('sidecar/thread-crasher.mjs', [where, kind], {
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    ...env,
  }).finished;

for (const where of ['thread', 'cluster']) {
  for (const kind of ['throw', 'reject', 'exit']) {
    test(`${where}, ${kind}: it arrives, and the process lives on`, async () => {
      const ended = await run(where, kind);
      const spans = collector.spans.filter(({ item }) => /^(already ended|request)$/.test(item.name ?? ''));
      const exceptions = collector.logs.filter(({ item }) => item.eventName === 'exception');
      assert.deepEqual(comparable(ended), comparable(await run(where, kind, { PACKAGE_URL: 'none' })));
      assert.match(ended.stdout, /the parent lives/);
      assert.deepEqual(
        spans.map(({ item }) => [item.name, attributesOf(item).get('async.span.cut_off')]).sort(),
        [
          ['already ended', undefined],
          ['request', true],
        ],
      );
      assert.equal(exceptions.length, kind === 'exit' ? 0 : 1);
    });
  }
}

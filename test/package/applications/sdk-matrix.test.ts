/** Every way an application starts an SDK, with SDK 2 and 3, our package installed from its tarball. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Application, installedApplication, SDKS_HERE } from '../../support/applications.js';
import { type ReceivedSpan, type Sink, startSink } from '../../support/otlp-json-sink.js';
import { runProgram } from '../../support/run-program.js';

const OURS = { import: 'esm', require: 'cjs' } as const;
const STARTED_FROM = ['esm', 'cjs'] as const;
const ORDERS = ['before', 'after'] as const;
const WAYS = ['provider', 'registerInstrumentations', 'NodeSDK', 'auto'] as const;
const SCOPE = 'opentelemetry-instrumentation-async';

let sink: Sink;
before(async () => {
  sink = await startSink();
});
after(() => sink.close());

for (const sdk of SDKS_HERE) {
  describe(sdk, { concurrency: 2 }, () => {
    let application: Application;
    before(() => {
      application = installedApplication(sdk);
    });
    for (const [ours, kind] of Object.entries(OURS)) {
      for (const from of STARTED_FROM) {
        for (const order of ORDERS) {
          for (const way of WAYS) {
            it(`our ${ours}, SDK from ${from}, us ${order} it, ${way}`, async () => {
              const name = [sdk, kind, from, order, way].join('-');
              const { stderr } = await runProgram(
                application.folder,
                ['matrix.mjs', kind, from, order, way],
                sink.endpoint(name),
              );
              assert.equal(stderr, '');
              check(sink.received(name).spans);
            });
          }
        }
      }
    }
  });
}

/** Task spans are in every recorded trace while we are enabled, as descendants of its root, and only then. */
function check(spans: ReceivedSpan[]): void {
  const roots = new Map(spans.filter((span) => span.scope === 'application').map((s) => [s.name, s]));
  assert.deepEqual([...roots.keys()], ['enabled', 'disabled', 'enabled again', 'spans off', 'spans on']);
  assert.equal(new Set(spans.map((span) => span.spanId)).size, spans.length, 'a span id was exported twice');
  for (const [name, root] of roots) {
    const inTrace = spans.filter((span) => span.traceId === root.traceId);
    const tasks = inTrace.filter((span) => span.scope === SCOPE);
    const expected = name === 'disabled' || name === 'spans off' ? 0 : 3;
    const loads = tasks.filter((span) => span.name === 'loadUser');
    assert.equal(loads.length, expected, `trace '${name}' has ${tasks.map((t) => t.name).join(', ')}`);
    if (expected === 0) assert.deepEqual(tasks, []);
    for (const task of tasks) {
      assert.ok(
        inTrace.some((span) => span.spanId === task.parentSpanId),
        `${task.name} is an orphan`,
      );
    }
    for (const load of loads) {
      assert.match(String(load.attributes['code.file.path']), /requests\.mjs$/);
    }
  }
}

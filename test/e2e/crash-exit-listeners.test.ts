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
  for (const list of [collector.logs, collector.spans, collector.metrics]) list.length = 0;
});

/** Ends in the way that is named without us, then with us: in the same way. */
async function end(kind: string) {
  const start = (env: NodeJS.ProcessEnv) =>
    runProgram('sidecar/crasher.mjs', [kind], { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, ...env })
      .finished;
  const plain = await start({ PACKAGE_URL: 'none' });
  collector.spans.length = 0;
  const run = await start({});
  assert.deepEqual(comparable(run), comparable(plain));
  return run;
}
const spansNamed = (name: string) => collector.spans.filter(({ item }) => item.name === name);
const exceptions = () =>
  collector.logs
    .filter(({ item }) => item.eventName === 'exception')
    .map(({ item }) => [item.severityText, attributesOf(item).get('exception.message')]);

const THROWING_LISTENERS = [
  'throw-in-exit',
  'throw-in-last-exit',
  'throw-in-exit-of-a-crash',
  'throw-in-handler',
  'throw-in-monitor',
];
for (const kind of THROWING_LISTENERS) {
  test(`${kind}: the error and the spans arrive`, async () => {
    await end(kind);
    assert.deepEqual(exceptions(), [['FATAL', 'card declined']]);
    assert.equal(spansNamed('already ended').length, 1);
  });
}

test('an error of an exit listener that a capture callback takes arrives, and so do the spans', async () => {
  const { stdout } = await end('captured-in-exit');
  assert.match(stdout, /captured/);
  assert.deepEqual(exceptions(), [['ERROR', 'card declined']]);
  assert.equal(spansNamed('already ended').length, 1);
});

test('listeners that the application removes, all of them, are not ours', async () => {
  await end('listeners-removed');
  assert.deepEqual(exceptions(), [['FATAL', 'card declined']]);
});

test('an `exit` that the application emits itself is not the end', async () => {
  await end('emits-exit');
  assert.deepEqual(exceptions(), [['FATAL', 'card declined']]);
  assert.equal(attributesOf(spansNamed('request')[0]!.item).get('async.span.cut_off'), true);
});

test('an exit that a listener refused is not the last one', async () => {
  await end('exit-refused');
  assert.equal(spansNamed('after it was refused').length, 1);
});

test('what ends in a listener that is added at the last moment is not cut off', async () => {
  await end('late-listener');
  const [span] = spansNamed('ended in an exit listener');
  assert.ok(span);
  assert.equal(attributesOf(span.item).get('async.span.cut_off'), undefined);
});

test('the application is alone with its listeners', async () => {
  const { stdout, stderr } = await end('listeners');
  assert.equal(stderr, '');
  assert.match(stdout, /exit 1,/);
  assert.match(stdout, /newListener exit/);
});

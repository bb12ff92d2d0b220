import assert from 'node:assert/strict';
import test from 'node:test';
import { DiagLogLevel, diag } from '@opentelemetry/api';
import type { Redact } from '../../../src/config/options.js';
import { release } from '../../../src/telemetry/redaction.js';
import type { EventRecord } from '../../../src/types.js';

const SECRET = 'hunter2';

function record(): EventRecord {
  return {
    eventName: 'exception',
    body: `Uncaught exception: Error: ${SECRET}.`,
    severity: 'ERROR',
    timeMs: 1_700_000_000_000,
    attributes: {
      'exception.type': 'Error',
      'exception.message': SECRET,
      'exception.stacktrace': `Error: ${SECRET}\n    at f (/a.js:1:1)`,
      'code.line.number': 1,
    },
    trace: { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: 1 },
  };
}

// the first test: it is said once in a process
test('a failing `redact` is said once', (t) => {
  const said: string[] = [];
  const logger = { error() {}, warn: (text: string) => said.push(text), info() {}, debug() {}, verbose() {} };
  diag.setLogger(logger, { logLevel: DiagLogLevel.ALL, suppressOverrideMessage: true });
  t.after(() => diag.disable());
  for (let i = 0; i < 3; i++) release(() => assert.fail(SECRET), record());
  for (let i = 0; i < 3; i++) release((() => SECRET) as never, record());
  assert.deepEqual(
    said.map((text) => /`redact` (threw|must return)/.exec(text)?.[1]),
    ['threw', 'must return'],
  );
  assert.equal(said.join().includes(SECRET), false);
});

test('without `redact` a record leaves as it is', () => {
  assert.deepEqual(release(undefined, record()), record());
});

test('what `redact` returns leaves, changed in place or new', () => {
  const inPlace = release((r) => {
    r.body = 'gone';
    delete r.attributes['exception.message'];
    return r;
  }, record());
  assert.equal(inPlace?.body, 'gone');
  assert.equal(inPlace?.attributes['exception.message'], undefined);
  assert.deepEqual(
    release((r) => ({ ...r }), record()),
    record(),
  );
});

test('`null` drops the record', () => {
  assert.equal(
    release(() => null, record()),
    undefined,
  );
});

test('only attributes that an exporter can send leave', () => {
  const released = release(
    (r) =>
      ({ ...r, attributes: { good: 'x', list: ['a'], mixed: ['a', 1], nested: {}, fn: () => 1 } }) as never,
    record(),
  );
  assert.deepEqual(released?.attributes, { good: 'x', list: ['a'] });
});

const RUBBISH: readonly [what: string, redact: () => unknown][] = [
  ['throws', () => assert.fail(SECRET)],
  ['forgets to return', () => undefined],
  ['returns a string', () => SECRET],
  ['returns true', () => true],
  ['returns an empty object', () => ({})],
  ['returns a record without a body', () => ({ ...record(), body: undefined })],
  ['returns a record of unknown severity', () => ({ ...record(), severity: 'toString' })],
  ['returns a record of no time', () => ({ ...record(), timeMs: Number.NaN })],
  ['is async', async () => record()],
  ['is async and fails', async () => assert.fail(SECRET)],
  [
    'returns a proxy that throws',
    () =>
      new Proxy(
        {},
        {
          get() {
            throw new Error(SECRET);
          },
        },
      ),
  ],
];

for (const [what, redact] of RUBBISH) {
  test(`the record goes without its message where \`redact\` ${what}`, async (t) => {
    const rejections: unknown[] = [];
    const listener = (reason: unknown) => rejections.push(reason);
    process.on('unhandledRejection', listener);
    t.after(() => process.off('unhandledRejection', listener));
    const released = release(redact as Redact, record());
    assert.equal(released?.eventName, 'exception');
    assert.equal(released?.attributes['exception.type'], 'Error');
    assert.equal(released?.attributes['code.line.number'], 1);
    assert.equal(JSON.stringify(released).includes(SECRET), false);
    await new Promise(setImmediate);
    assert.deepEqual(rejections, []);
  });
}

test('a `redact` that changes the record and then throws', () => {
  const released = release((r) => {
    r.attributes['exception.type'] = SECRET;
    throw new Error('x');
  }, record());
  assert.equal(released?.attributes['exception.type'], 'Error');
});

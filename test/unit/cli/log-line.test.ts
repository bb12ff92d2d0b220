import assert from 'node:assert/strict';
import test from 'node:test';
import { logLines } from '../../../src/cli/view/log-line.js';
import { toAnyValue, toKeyValues } from '../../../src/otlp/values.js';
import { assertGolden } from '../../support/golden.js';
import { at, TRACE_ID } from '../../support/view-spans.js';

process.env.TZ = 'UTC';
const look = { width: 100, color: false, unicode: true, cwd: '/srv/shop' };

test('an exception reads by itself', () => {
  const record = {
    eventName: 'exception',
    severityNumber: 17,
    severityText: 'ERROR',
    timeUnixNano: at(0),
    traceId: TRACE_ID,
    body: { stringValue: 'Unhandled rejection: MailError: mailbox is full, created at src/orders.ts:29.' },
    attributes: toKeyValues({
      'code.file.path': '/srv/shop/src/orders.ts',
      'code.line.number': 29,
      'exception.type': 'MailError',
      'exception.stacktrace': [
        'MailError: mailbox is full',
        '    at sendReceipt (/srv/shop/src/mail.ts:12:9)',
        '    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)',
        '    at placeOrder (/srv/shop/src/orders.ts:29:5)',
      ].join('\n'),
    }),
  };
  assertGolden('exception.txt', logLines(record, 'shop', look));
});

test('a plain log record is one line, whatever its body', () => {
  for (const body of [
    toAnyValue('started\u001b[2J\nnow'),
    toAnyValue({ a: [1, 2n ** 60n] }),
    {},
    undefined,
  ]) {
    const lines = logLines({ body, severityNumber: 9, timeUnixNano: at(0) }, 'shop', look);
    assert.equal(lines.length, 1);
    assert.match(lines[0] ?? '', /^22:13:20\.123 INFO · shop · ?/);
    assert.doesNotMatch(lines[0] ?? '', /\p{Cc}/u);
  }
});

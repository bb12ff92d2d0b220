import assert from 'node:assert/strict';
import test from 'node:test';
import { readTap } from '../../conformance/packages/tap.js';

test('results of Node’s runner have the names around them, and one that occurs again a number', () => {
  const endings = readTap(
    [
      'TAP version 13',
      '# Subtest: a.test.js',
      '    # Subtest: adds',
      '    ok 1 - adds',
      '      ---',
      '      duration_ms: 1',
      '      ...',
      '    # Subtest: adds',
      '    not ok 2 - adds',
      '    # Subtest: later',
      '    ok 3 - later # SKIP not here',
      '    1..3',
      'not ok 1 - a.test.js',
    ].join('\n'),
  );
  assert.deepEqual(
    [...endings],
    [
      ['a.test.js > adds', 'passed'],
      ['a.test.js > adds (2)', 'failed'],
      ['a.test.js > later', 'skipped'],
      ['a.test.js', 'failed'],
    ],
  );
});

test('results of mocha and ava are read too', () => {
  const endings = readTap(
    'ok 1 Response should clone\nnot ok 2 - test › aborts\n  Error: x\nok 3 waits # SKIP -\n',
  );
  assert.deepEqual(
    [...endings],
    [
      ['Response should clone', 'passed'],
      ['test › aborts', 'failed'],
      ['waits', 'skipped'],
    ],
  );
});

import assert from 'node:assert/strict';
import test from 'node:test';
import { nearestUserFrame, parseStack } from '../../../../src/tasks/sites/stack-text.js';

const cases: [line: string, expected: object | undefined][] = [
  ['    at f (/app/a.js:1:2)', { functionName: 'f', file: '/app/a.js', line: 1, column: 2 }],
  [
    '    at async f (file:///app/a.js:1:2)',
    { functionName: 'f', file: 'file:///app/a.js', line: 1, column: 2 },
  ],
  ['    at /app/a.js:1:2', { file: '/app/a.js', line: 1, column: 2 }],
  ['    at async /app/a.js:1:2', { file: '/app/a.js', line: 1, column: 2 }],
  ['    at new Pool (/app/a.js:1:2)', { functionName: 'Pool', file: '/app/a.js', line: 1, column: 2 }],
  ['    at Object.<anonymous> (/app/a.js:1:2)', { file: '/app/a.js', line: 1, column: 2 }],
  [
    '    at Pool.query [as run] (/app/a.js:1:2)',
    { functionName: 'Pool.query', file: '/app/a.js', line: 1, column: 2 },
  ],
  ['    at f (C:\\app (1)\\a.js:1:2)', { functionName: 'f', file: 'C:\\app (1)\\a.js', line: 1, column: 2 }],
  ['    at /app (copy)/a.js:1:2', { file: '/app (copy)/a.js', line: 1, column: 2 }],
  [
    '    at processTicksAndRejections (node:internal/process/task_queues:105:5)',
    {
      functionName: 'processTicksAndRejections',
      file: 'node:internal/process/task_queues',
      line: 105,
      column: 5,
    },
  ],
  [
    '    at ev (eval at <anonymous> (/app/a.js:11:1), <anonymous>:1:16)',
    { functionName: 'ev', file: '/app/a.js', line: 11, column: 1 },
  ],
  [
    '    at eval (eval at x (eval at y (/app/a.js:11:1)), <anonymous>:1:16)',
    { functionName: 'eval', file: '/app/a.js', line: 11, column: 1 },
  ],
  ['    at async Promise.all (index 0)', undefined],
  ['    at new Promise (<anonymous>)', undefined],
  ['    at Array.map (<anonymous>)', undefined],
  ['    at native', undefined],
  ['TypeError: at no frame (/app/a.js:1:2)', undefined],
];

for (const [line, expected] of cases) {
  test(`a frame: ${line.trim()}`, () => {
    assert.deepEqual(parseStack(`Error: x\n${line}`), expected === undefined ? [] : [expected]);
    assert.deepEqual(parseStack(`Error: x\r\n${line}\r\n`), expected === undefined ? [] : [expected]);
  });
}

test('the limit counts frames', () => {
  const text = `Error\n${'    at f (/a.js:1:2)\n'.repeat(100)}`;
  assert.equal(parseStack(text).length, 50);
  assert.equal(parseStack(text, 3).length, 3);
});

test('other formats yield nothing', () => {
  for (const text of ['', 'no stack', 'f@/app/a.js:1:2', '{"stack":[]}', '\n\n\n']) {
    assert.deepEqual(parseStack(text), []);
  }
});

test('text of megabytes, also hostile to regular expressions, is looked at only as far as is sensible', () => {
  const size = 8 * 1024 * 1024;
  const texts = ['(', ')', ' ', '    at ', '    at (', 'a:1:1', '\n', '    at f (eval at (', ':1'].flatMap(
    (unit) => [unit.repeat(size / unit.length), `Error\n    at f (${unit.repeat(size / unit.length)})`],
  );
  const start = process.cpuUsage();
  for (const text of texts) assert.ok(parseStack(text).length <= 50);
  const { user } = process.cpuUsage(start);
  assert.ok(user / texts.length < 100_000, `${user / texts.length} µs a text`);
});

test('the nearest user frame skips libraries and Node', () => {
  const frames = parseStack(
    [
      'Error: x',
      '    at lib (/app/node_modules/pg/lib/client.js:1:2)',
      '    at emit (node:events:1:2)',
      '    at mine (/app/src/a.js:3:4)',
      '    at other (/app/src/b.js:3:4)',
    ].join('\n'),
  );
  assert.equal(nearestUserFrame(frames)?.functionName, 'mine');
  assert.equal(nearestUserFrame(frames.slice(0, 2)), undefined);
});

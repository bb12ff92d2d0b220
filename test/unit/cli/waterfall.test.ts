import assert from 'node:assert/strict';
import test from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import type { Look } from '../../../src/cli/view/look.js';
import { type ViewSpan, viewSpan } from '../../../src/cli/view/span.js';
import { columns } from '../../../src/cli/view/text.js';
import { waterfall } from '../../../src/cli/view/waterfall.js';
import type { Span } from '../../../src/otlp/messages.js';
import { toKeyValues } from '../../../src/otlp/values.js';
import { assertGolden } from '../../support/golden.js';
import { checkout, failure, span, TRACE_ID, task } from '../../support/view-spans.js';

process.env.TZ = 'UTC';

const look = (width: number, more: Partial<Look> = {}): Look => ({
  width,
  color: false,
  unicode: true,
  cwd: '/srv/shop',
  ...more,
});

function draw(spans: Span[], shape: Look, dropped = 0): string[] {
  const views = spans.map((one) => viewSpan(one, 'shop') as ViewSpan);
  return waterfall({ traceId: TRACE_ID, spans: views, dropped }, shape);
}

for (const width of [80, 120, 200]) {
  test(`a request of an application, ${width} columns`, () => {
    assertGolden(`waterfall-${width}.txt`, draw(checkout(), look(width)));
  });
}

test('a terminal without UTF-8', () => {
  assertGolden('waterfall-ascii.txt', draw(checkout(), look(100, { unicode: false })));
});

test('colours only add escape sequences', () => {
  const colored = draw(checkout(), look(100, { color: true }));
  assert.deepEqual(colored.map(stripVTControlCharacters), draw(checkout(), look(100)));
  assert.ok(colored.some((line) => line.includes('\u001b[31m') && line.includes('MailError')));
});

test('the order in which spans came does not matter, nor do duplicates', () => {
  const spans = checkout();
  const expected = draw(spans, look(100));
  assert.deepEqual(draw([...spans].reverse(), look(100)), expected);
  const twice = draw([...spans, ...spans.slice(3, 9)], look(100));
  assert.deepEqual(twice.slice(2), expected.slice(2));
});

test('a trace without its root shows what there is, and says so', () => {
  const lines = draw(checkout().slice(2), look(100));
  assert.match(lines[2] ?? '', /partial: the parent of 4 spans has not come/);
  assert.ok(lines.some((line) => /^findCustomer/.test(line)));
});

test('spans that are each other’s parents are shown once', () => {
  const circle = [
    span(1, 3, 'a', 0, 9),
    span(2, 1, 'b', 1, 8),
    span(3, 2, 'c', 2, 7),
    span(4, 4, 'self', 3, 4),
  ];
  const names = draw(circle, look(80))
    .slice(3)
    .map((line) => /\p{L}+/u.exec(line)?.[0]);
  assert.deepEqual(names.toSorted(), ['a', 'b', 'c', 'self']);
});

test('names cannot write to the terminal', () => {
  const evil = '\u001b]0;title\u0007\u001b[2J\u009b31m\u202eabc\u0000\r\n\u200b';
  const spans = [
    span(1, 0, evil, 0, 10, {
      ...failure(evil, evil),
      attributes: toKeyValues({ 'code.file.path': evil, 'async.trace.detail': evil, 'server.address': evil }),
      links: [{ traceId: evil, spanId: evil }],
    }),
    task(2, 1, evil, 1, 2, `${evil}:3`, 0.5, { 'async.task.outcome': evil }),
  ];
  const lines = draw(spans, look(200));
  assert.doesNotMatch(lines.join(''), /[\p{Cc}\u200b-\u200f\u202a-\u202e]/u);
  assert.ok(lines.some((line) => line.includes('␛]0;title␇')));
});

test('no line is wider than the terminal, whatever the trace', () => {
  const wide = '数据库查询🚀'.repeat(30);
  const chain = Array.from({ length: 300 }, (_, index) =>
    task(
      index + 1,
      index,
      `${wide}${index}`,
      index,
      1000 - index,
      `${wide}.ts:7`,
      0.5,
      {},
      index % 50 ? {} : failure(wide, wide),
    ),
  );
  for (const width of [60, 80, 81, 99, 100, 132, 200]) {
    for (const unicode of [true, false]) {
      for (const line of [
        ...draw(chain, look(width, { unicode })),
        ...draw(checkout(), look(width, { unicode })),
      ]) {
        assert.ok(columns(line) <= width, `${columns(line)} > ${width}: ${line}`);
      }
    }
  }
});

test('a huge trace is cut to a screen or two, failures and the longest kept', () => {
  const spans = [span(1, 0, 'GET /', 0, 6000)];
  for (let id = 2; id < 5000; id++) spans.push(task(id, 1, `step${id}`, id, id + 1, 'a.ts:1', 0.5));
  spans[4000] = task(4001, 1, 'broken', 4001, 4001.5, 'a.ts:2', 0.5, {}, failure('Error', 'no'));
  spans[3000] = task(3001, 1, 'slow', 100, 5900, 'a.ts:3', 0.5);
  const lines = draw(spans, look(100));
  assert.ok(lines.length < 80, String(lines.length));
  assert.ok(lines.some((line) => line.includes('broken')));
  assert.ok(lines.some((line) => line.includes('slow')));
  assert.ok(lines.some((line) => /4,?9\d\d more, shorter/.test(line)));
});

test('five thousand nested calls neither overflow the stack nor take long', () => {
  const spans = Array.from({ length: 5000 }, (_, index) =>
    task(index + 1, index, 'descend', index / 10, 1000 - index / 10, 'a.ts:1', 0.01),
  );
  const before = performance.now();
  const lines = draw(spans, look(120));
  assert.ok(performance.now() - before < 5_000);
  assert.ok(lines.length < 200);
});

test('alike siblings share a line, and so do their children', () => {
  const spans = [span(1, 0, 'job', 0, 100)];
  for (let index = 0; index < 12; index++) {
    spans.push(task(10 + index, 1, 'load', index, index + 20, 'a.ts:1', 0.1));
    spans.push(task(50 + index, 10 + index, 'query', index + 1, index + 19, 'b.ts:2', 0.1));
  }
  const lines = draw(spans, look(100)).slice(3);
  assert.equal(lines.length, 3);
  assert.match(lines[1] ?? '', /load × 12 .*~20 ms/);
  assert.match(lines[2] ?? '', /query × 12 .*~18 ms/);
});

test('times that make no sense do no harm', () => {
  const spans = [
    span(1, 0, 'root', 0, 10),
    span(2, 1, 'backwards', 9, 2),
    span(3, 1, 'unset', 0, 0, { startTimeUnixNano: undefined, endTimeUnixNano: undefined }),
    span(4, 1, 'far', 0, 0, { startTimeUnixNano: 2n ** 64n - 2n, endTimeUnixNano: 2n ** 64n - 1n }),
  ];
  for (const line of draw(spans, look(80))) assert.ok(columns(line) <= 80, line);
});

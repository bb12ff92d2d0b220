import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  assertInsideParents,
  assertNoWarnings,
  assertSameLogs,
  assertSameSpans,
  assertTrees,
} from '../../support/backends/expectations.js';
import type { LogFacts, MetricFacts, SpanFacts } from '../../support/backends/facts.js';
import type { Sample } from '../../support/backends/prometheus.js';
import { assertSameSeries, prometheusName } from '../../support/backends/prometheus-expectations.js';

const root: SpanFacts = {
  traceId: 'a'.repeat(32),
  spanId: '1'.repeat(16),
  parentSpanId: '',
  name: 'GET /order',
  kind: 2,
  start: '1000000000',
  end: '2000000000',
  attributes: { a: 1 },
  status: { code: 0, message: '' },
  events: [{ name: 'e', time: '1500000000', attributes: { b: 'x' } }],
  scope: 'http',
  resource: { 'service.name': 's' },
};
const child: SpanFacts = {
  ...root,
  spanId: '2'.repeat(16),
  parentSpanId: root.spanId,
  name: 'loadUser',
  scope: 'us',
};

test('spans in another order are the same; one that differs in any fact is not', () => {
  assertSameSpans([child, root], [root, child]);
  const wrong: Partial<SpanFacts>[] = [
    { name: 'x' },
    { parentSpanId: '3'.repeat(16) },
    { spanId: '4'.repeat(16) },
    { kind: 1 },
    { start: '1000000001' },
    { end: '2000000001' },
    { attributes: { a: 2 } },
    { attributes: {} },
    { status: { code: 2, message: '' } },
    { events: [] },
    { events: [{ name: 'e', time: '1500000000', attributes: { b: 'y' } }] },
    { scope: 'x' },
    { resource: {} },
  ];
  for (const change of wrong) {
    assert.throws(
      () => assertSameSpans([root, { ...child, ...change }], [root, child]),
      JSON.stringify(change),
    );
  }
  assert.throws(() => assertSameSpans([root], [root, child]), 'one missing');
  assert.throws(() => assertSameSpans([root, child, child], [root, child]), 'one twice');
  assert.throws(() => assertSameSpans([], []), /nothing was sent/);
});

test('a trace is one tree', () => {
  assertTrees([root, child]);
  assert.throws(() => assertTrees([root, child, { ...child, name: 'again' }]), /exported twice/);
  assert.throws(
    () => assertTrees([root, { ...child, parentSpanId: '9'.repeat(16) }]),
    /without their parent/,
  );
  assert.throws(() => assertTrees([root, { ...child, parentSpanId: '' }]), /roots/);
  assert.throws(() => assertTrees([root, { ...child, traceId: 'b'.repeat(32) }]), /without their parent/);
});

test('spans of ours do not stick out of their parents by a rounding', () => {
  const inside = (change: Partial<SpanFacts>) => () =>
    assertInsideParents([root, { ...child, ...change }], 'us');
  inside({})();
  inside({ end: '2001000000' })();
  inside({ start: '999000000' })();
  inside({ end: '2000000001', scope: 'other' })();
  assert.throws(inside({ end: '2000000001' }), /outside/);
  assert.throws(inside({ end: child.start }), /without width/);
  assert.throws(inside({ start: '999999999' }), /outside/);
  const grandchild = { ...child, spanId: '3'.repeat(16), parentSpanId: child.spanId, start: '900000000' };
  assert.throws(() => assertInsideParents([root, child, grandchild], 'us'), /outside/);
});

test("what Jaeger says of an application's clocks is no warning, all else is", () => {
  const grandchild = { ...child, spanId: '3'.repeat(16), parentSpanId: child.spanId };
  const skew = 'clock skew adjustment disabled; not applying calculated delta of 1ms';
  const said = (span: SpanFacts, message: string) => () =>
    assertNoWarnings({ spans: [root, child, grandchild], warnings: [{ span, message }] }, 'us');
  said(root, skew)();
  said(child, skew)();
  assert.throws(said(grandchild, skew), /skew/);
  assert.throws(said(root, 'duplicate span IDs; skipping clock skew adjustment'), /duplicate/);
});

test('a log record that differs in any fact is not the same', () => {
  const log: LogFacts = {
    eventName: 'exception',
    severityNumber: 17,
    severityText: 'ERROR',
    body: 'it broke',
    time: '1',
    traceId: root.traceId,
    spanId: root.spanId,
    attributes: { a: 1 },
    scope: 'us',
    resource: {},
  };
  assertSameLogs([log], [log]);
  for (const key of Object.keys(log)) {
    assert.throws(() => assertSameLogs([{ ...log, [key]: 'wrong' }], [log]), key);
  }
});

test('a histogram in Prometheus is compared by every bucket, count and sum', () => {
  const metric: MetricFacts = {
    name: 'lag',
    description: '',
    unit: 's',
    type: 'histogram',
    monotonic: false,
    points: [
      {
        attributes: { 'async.thread.id': 0 },
        time: '1',
        histogram: { count: 3, sum: 1.5, boundaries: [0.1, 1], counts: [1, 0, 2] },
      },
    ],
    scope: 'us',
    resource: {},
  };
  const sample = (name: string, value: number, le?: string): Sample => ({
    labels: { __name__: name, job: 's', async_thread_id: '0', ...(le && { le }) },
    value,
  });
  const samples = [
    sample('lag_seconds_bucket', 1, '0.1'),
    sample('lag_seconds_bucket', 1, '1'),
    sample('lag_seconds_bucket', 3, '+Inf'),
    sample('lag_seconds_count', 3),
    sample('lag_seconds_sum', 1.5),
  ];
  assertSameSeries(samples, metric);
  for (const [index, right] of samples.entries()) {
    const wrong = samples.with(index, { ...right, value: right.value + 1 });
    assert.throws(() => assertSameSeries(wrong, metric), JSON.stringify(right));
    assert.throws(() => assertSameSeries(samples.toSpliced(index, 1), metric));
  }
});

test('names in Prometheus carry unit and kind', () => {
  const metric = { name: 'a.b', description: '', points: [], scope: '', resource: {} };
  const names = [
    prometheusName({ ...metric, type: 'histogram', unit: 's', monotonic: false }),
    prometheusName({ ...metric, type: 'gauge', unit: '1', monotonic: false }),
    prometheusName({ ...metric, type: 'sum', unit: '{error}', monotonic: true }),
    prometheusName({ ...metric, type: 'sum', unit: '{task}', monotonic: false }),
  ];
  assert.deepEqual(names, ['a_b_seconds', 'a_b_ratio', 'a_b_total', 'a_b']);
});

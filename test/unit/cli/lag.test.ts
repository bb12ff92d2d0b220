import assert from 'node:assert/strict';
import test from 'node:test';
import { ofExponential, quantile } from '../../../src/cli/view/distribution.js';
import { lagFigures } from '../../../src/cli/view/lag.js';
import { LagBook, type LagView } from '../../../src/cli/view/lag-book.js';
import type { Metric, MetricsRequest } from '../../../src/otlp/messages.js';
import { toKeyValues } from '../../../src/otlp/values.js';
import { METRIC } from '../../../src/semconv.js';
import { assertGolden } from '../../support/golden.js';

const BOUNDS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10];
const look = { width: 100, color: false, unicode: true, cwd: '/' };

function request(counts: number[], temporality: number, thread = 0, max?: number): MetricsRequest {
  const point = {
    attributes: toKeyValues({ 'async.thread.id': thread }),
    explicitBounds: BOUNDS,
    bucketCounts: counts.map(BigInt),
    count: BigInt(counts.reduce((sum, count) => sum + count, 0)),
    max,
  };
  const metric: Metric = {
    name: METRIC.EVENT_LOOP_LAG,
    unit: 's',
    histogram: { aggregationTemporality: temporality, dataPoints: [point] },
  };
  const resource = { attributes: toKeyValues({ 'service.name': 'shop' }) };
  return { resourceMetrics: [{ resource, scopeMetrics: [{ metrics: [metric] }] }] };
}

const counts = (book: LagBook) => book.take().map((view) => view.distribution.count);

test('cumulative series count what is new, delta series everything', () => {
  for (const [temporality, expected] of [
    [2, [[10], [5], [], [3]]],
    [1, [[10], [15], [15], [3]]],
  ] as const) {
    const book = new LagBook();
    const seen: number[][] = [];
    for (const total of [10, 15, 15, 3]) {
      book.add(request([total], temporality));
      seen.push(counts(book));
    }
    assert.deepEqual(seen, expected);
  }
});

test('each loop is a series of its own, and news add up until they are taken', () => {
  const book = new LagBook();
  book.add(request([4], 2, 0));
  book.add(request([6], 2, 1));
  book.add(request([9], 2, 0));
  assert.deepEqual(counts(book), [9, 6]);
  assert.deepEqual(counts(book), []);
});

test('percentiles are interpolated and never exceed the maximum', () => {
  const book = new LagBook();
  book.add(request([90, 0, 0, 0, 0, 0, 0, 0, 10], 2, 0, 0.31));
  const { distribution } = book.take()[0] as LagView;
  assert.equal(quantile(distribution, 0.45), 0.0005);
  assert.equal(quantile(distribution, 0.9), 0.001);
  assert.equal(quantile(distribution, 0.99), 0.31);
});

test('an exponential histogram reads like any other', () => {
  const distribution = ofExponential({
    count: 10n,
    scale: 0,
    zeroCount: 2n,
    positive: { offset: -10, bucketCounts: [4n, 0n, 4n] },
    max: 2 ** -7,
  });
  assert.equal(quantile(distribution, 0.1), 0);
  assert.equal(quantile(distribution, 0.6), 2 ** -9);
  assert.equal(quantile(distribution, 1), 2 ** -7);
});

test('the figures of a loop that was blocked', () => {
  const book = new LagBook();
  book.add(request([930, 12, 6, 3, 2, 1, 0, 11, 25, 0, 0, 0, 0, 0], 2, 0, 0.412));
  assertGolden('lag.txt', lagFigures(book.take()[0] as LagView, look));
});

test('hostile series do no harm', () => {
  const book = new LagBook();
  const odd = request([1], 2);
  const point = odd.resourceMetrics?.[0]?.scopeMetrics?.[0]?.metrics?.[0]?.histogram?.dataPoints?.[0];
  Object.assign(point as object, {
    explicitBounds: [NaN, -5, 3, 1],
    bucketCounts: [1n, 2n ** 63n, 0n],
    count: 0n,
  });
  book.add(odd);
  book.add({ resourceMetrics: [{ scopeMetrics: [{ metrics: [{ name: METRIC.EVENT_LOOP_LAG }, {}] }] }, {}] });
  for (let thread = 0; thread < 1_000; thread++) book.add(request([1], 1, thread));
  const views = book.take();
  assert.ok(views.length <= 200);
  for (const view of views) for (const line of lagFigures(view, look)) assert.ok(line.length <= 100, line);
});

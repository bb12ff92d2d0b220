import assert from 'node:assert/strict';
import type { MetricFacts, PointFacts } from './facts.js';
import type { Sample } from './prometheus.js';

/** The name under which Prometheus' OTLP receiver stores a metric; a histogram's series have endings of their own. */
export function prometheusName({ name, unit, type, monotonic }: MetricFacts): string {
  const units: Readonly<Record<string, string>> = {
    s: '_seconds',
    By: '_bytes',
    '1': type === 'gauge' ? '_ratio' : '',
  };
  return `${name.replaceAll('.', '_')}${units[unit] ?? ''}${monotonic ? '_total' : ''}`;
}

/** Every series of a metric, each bucket of a histogram too, against its points as they were sent. */
export function assertSameSeries(samples: readonly Sample[], metric: MetricFacts): void {
  const name = prometheusName(metric);
  const expected = metric.points.flatMap((point) => series(name, point));
  assert.ok(expected.length > 0, `${metric.name} was sent without a point`);
  assert.deepEqual(samples.map(sampleLine).sort(), expected.sort());
}

function series(name: string, { attributes, value, histogram }: PointFacts): string[] {
  if (histogram === undefined) return [line(name, attributes, value ?? Number.NaN)];
  let cumulative = 0;
  const buckets = histogram.counts.map((count, index) => {
    cumulative += count;
    const le = String(histogram.boundaries[index] ?? '+Inf');
    return line(`${name}_bucket`, { ...attributes, le }, cumulative);
  });
  return [
    ...buckets,
    line(`${name}_count`, attributes, histogram.count),
    line(`${name}_sum`, attributes, histogram.sum),
  ];
}

/** Labels made of the resource, which every sample has. */
const RESOURCE_LABELS = ['__name__', 'job', 'instance'];

function sampleLine({ labels, value }: Sample): string {
  const own = Object.entries(labels).filter(([key]) => !RESOURCE_LABELS.includes(key));
  return line(String(labels.__name__), Object.fromEntries(own), value);
}

function line(name: string, attributes: Readonly<Record<string, unknown>>, value: number): string {
  const labels = Object.entries(attributes).map(([key, text]) => `${key.replaceAll('.', '_')}="${text}"`);
  return `${name}{${labels.sort()}} ${value}`;
}

import type { ExponentialHistogramDataPoint, HistogramDataPoint } from '../../otlp/messages.js';

/** Counted values between two bounds; the outermost bounds may be infinite. */
export interface Bucket {
  lower: number;
  upper: number;
  count: number;
}

/** A distribution of values, ascending, in the metric's own unit. */
export interface Distribution {
  buckets: Bucket[];
  count: number;
  /** The largest value, where the sender tells. */
  max: number | undefined;
}

const MAX_BUCKETS = 1_000;

export function ofHistogram(point: HistogramDataPoint): Distribution {
  const bounds = (point.explicitBounds ?? []).slice(0, MAX_BUCKETS);
  const counts = (point.bucketCounts ?? []).slice(0, bounds.length + 1);
  const buckets = counts.map((count, index) => ({
    lower: bounds[index - 1] ?? -Infinity,
    upper: bounds[index] ?? Infinity,
    count: Number(count),
  }));
  return { buckets, count: Number(point.count ?? 0n), max: point.max };
}

/** Negative values are left out: nothing that is shown here has any. */
export function ofExponential(point: ExponentialHistogramDataPoint): Distribution {
  const base = 2 ** (2 ** -(point.scale ?? 0));
  const offset = point.positive?.offset ?? 0;
  const buckets = (point.positive?.bucketCounts ?? []).slice(0, MAX_BUCKETS).map((count, index) => ({
    lower: base ** (offset + index),
    upper: base ** (offset + index + 1),
    count: Number(count),
  }));
  const zero = { lower: 0, upper: point.zeroThreshold ?? 0, count: Number(point.zeroCount ?? 0n) };
  return { buckets: [zero, ...buckets], count: Number(point.count ?? 0n), max: point.max };
}

/** What came between two readings of a cumulative series; `undefined` if it began anew in between. */
export function difference(now: Distribution, before: Distribution): Distribution | undefined {
  if (now.count < before.count || now.buckets.length !== before.buckets.length) return undefined;
  const buckets = now.buckets.map((bucket, index) => ({
    ...bucket,
    count: bucket.count - (before.buckets[index]?.count ?? 0),
  }));
  if (buckets.some((bucket) => bucket.count < 0)) return undefined;
  // the largest value may have come before; only a new record is certain
  const max = now.max !== before.max ? now.max : undefined;
  return { buckets, count: now.count - before.count, max };
}

export function sum(a: Distribution, b: Distribution): Distribution {
  if (a.buckets.length !== b.buckets.length) return b;
  return {
    buckets: a.buckets.map((bucket, index) => ({
      ...bucket,
      count: bucket.count + (b.buckets[index]?.count ?? 0),
    })),
    count: a.count + b.count,
    max: a.max === undefined || b.max === undefined ? (a.max ?? b.max) : Math.max(a.max, b.max),
  };
}

/** The value below which `share` of all lie, interpolated within its bucket. */
export function quantile(distribution: Distribution, share: number): number | undefined {
  const total = distribution.buckets.reduce((all, bucket) => all + bucket.count, 0);
  if (total === 0) return undefined;
  let left = share * total;
  for (const { lower, upper, count } of distribution.buckets) {
    if (count === 0 || left > count) {
      left -= count;
      continue;
    }
    const from = Number.isFinite(lower) ? lower : 0;
    const to = Number.isFinite(upper) ? upper : Math.max(from, distribution.max ?? from);
    return Math.min(from + (to - from) * (left / count), distribution.max ?? Infinity);
  }
  return distribution.max;
}

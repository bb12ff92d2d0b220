import { type Bucket, quantile } from './distribution.js';
import { count, duration } from './figures.js';
import type { LagView } from './lag-book.js';
import { glyphs, type Look, paint } from './look.js';
import { fit, pad, padStart } from './text.js';

const MAX_LINES = 12;
const BAR_WIDTH = 50;
/** Lag that a user begins to feel. */
const HIGH_SECONDS = 0.1;

/** Percentiles of a loop's lag, and its histogram. */
export function lagFigures(view: LagView, look: Look): string[] {
  const shapes = glyphs(look);
  const { distribution } = view;
  const dot = ` ${shapes.dot} `;
  const of = view.thread === undefined || view.thread === '0' ? '' : `${dot}thread ${view.thread}`;
  const title = `event loop lag${dot}${view.service}${of}${dot}${count(distribution.count)} probes`;
  const figures = [0.5, 0.9, 0.99].map((share) => {
    const value = quantile(distribution, share);
    const figure = `p${share * 100} ${value === undefined ? '?' : duration(value * 1000)}`;
    return value !== undefined && value >= HIGH_SECONDS ? paint(look, 'red', figure) : figure;
  });
  if (distribution.max !== undefined) figures.push(`max ${duration(distribution.max * 1000)}`);
  const lines = [paint(look, 'bold', fit(title, look.width, shapes.cut)), `  ${figures.join('   ')}`];
  const shown = merged(distribution.buckets);
  const most = Math.max(1, ...shown.map((bucket) => bucket.count));
  const room = Math.min(BAR_WIDTH, look.width - 24);
  for (const bucket of shown) {
    const length = bucket.count === 0 ? 0 : Math.max(1, Math.round((bucket.count / most) * room));
    const bar = paint(look, bucket.lower >= HIGH_SECONDS ? 'red' : 'green', shapes.busy.repeat(length));
    lines.push(`  ${padStart(bound(bucket), 10)} ${bar}${pad('', 1)}${count(bucket.count)}`);
  }
  return lines;
}

function bound({ lower, upper }: Bucket): string {
  return Number.isFinite(upper)
    ? `to ${duration(upper * 1000)}`
    : `over ${duration(Math.max(0, lower) * 1000)}`;
}

/** From the first bucket that counted anything to the last, neighbours joined until they are few. */
function merged(buckets: readonly Bucket[]): Bucket[] {
  const first = buckets.findIndex((bucket) => bucket.count > 0);
  if (first < 0) return [];
  let shown = buckets.slice(first);
  while (shown.at(-1)?.count === 0) shown = shown.slice(0, -1);
  while (shown.length > MAX_LINES) {
    const pairs: Bucket[] = [];
    for (let index = 0; index < shown.length; index += 2) {
      const [a, b = a] = shown.slice(index, index + 2) as [Bucket, Bucket?];
      pairs.push(a === b ? a : { lower: a.lower, upper: b.upper, count: a.count + b.count });
    }
    shown = pairs;
  }
  return shown;
}

import type { Glyphs } from './look.js';
import type { ViewSpan } from './span.js';

/** The part of time that the bars show, nanoseconds since the epoch. */
export interface Scale {
  start: bigint;
  end: bigint;
}

export function scaleOf(spans: readonly ViewSpan[]): Scale {
  const scale: Scale = { start: 0n, end: 0n };
  for (const { start, end } of spans) {
    // zero means "not told"
    if (start > 0n && (scale.start === 0n || start < scale.start)) scale.start = start;
    if (end > scale.end) scale.end = end;
  }
  if (scale.end < scale.start) scale.end = scale.start;
  return scale;
}

export function lengthMs(span: ViewSpan): number {
  return Math.max(0, Number(span.end - span.start) / 1e6);
}

/**
 * The bar of one line. Nobody knows when within its life a task was busy, only how much: so the busy share stands at the
 * left of the bar, the rest was waiting. A span without that figure has a glyph of its own.
 */
export function bar(spans: readonly ViewSpan[], scale: Scale, width: number, glyphs: Glyphs): string {
  const cells = new Array<string>(width).fill(' ');
  const total = Math.max(1, Number(scale.end - scale.start));
  for (const span of spans) {
    const from = clamp((Number(span.start - scale.start) / total) * width, 0, width);
    const to = clamp((Number(span.end - scale.start) / total) * width, from, width);
    draw(cells, from, to, span, glyphs);
  }
  return cells.join('');
}

function draw(cells: string[], from: number, to: number, span: ViewSpan, glyphs: Glyphs): void {
  const first = Math.min(Math.floor(from), cells.length - 1);
  const length = Math.max(1, Math.round(to) - first);
  if (to - from < 0.5) {
    if (cells[first] === ' ') cells[first] = glyphs.instant;
    return;
  }
  const busy = busyCells(span, length);
  for (let index = 0; index < length && first + index < cells.length; index++) {
    if (cells[first + index] === glyphs.busy) continue;
    cells[first + index] = busy === undefined ? glyphs.span : index < busy ? glyphs.busy : glyphs.idle;
  }
}

function busyCells(span: ViewSpan, length: number): number | undefined {
  const busyMs = span.task?.busyMs;
  if (busyMs === undefined) return undefined;
  const share = busyMs / Math.max(lengthMs(span), 1e-6);
  return Math.min(length, Math.round(share * length));
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}

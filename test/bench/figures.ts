/** Ratios of alternating runs. */

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}

/** Median and spread: `median (lowest–highest)`. */
export function spreadText(values: readonly number[], digits: number): string {
  const text = (value: number) => value.toFixed(digits).replace(/^-0$/, '0');
  return `${text(median(values))} (${text(Math.min(...values))}–${text(Math.max(...values))})`;
}

/** Each run against the baseline run of its own round. */
export function ratioText(values: readonly number[], baseline: readonly number[]): string {
  const ratios = values.map((value, round) => value / (baseline[round] as number));
  return spreadText(ratios, median(ratios) >= 20 ? 0 : 2);
}

/** Each run less the baseline run of its own round. */
export function differenceText(values: readonly number[], baseline: readonly number[]): string {
  return spreadText(
    values.map((value, round) => value - (baseline[round] as number)),
    0,
  );
}

/** A table in Markdown. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** From `from` until `until` the loop was kept busy. `performance.now()`. */
export interface Stretch {
  from: number;
  until: number;
}

/**
 * The lags a loop has that is free but for the given blocks, by the rule itself: a probe is due at every multiple of
 * `intervalMs`; due within a block it waits for the end of it. Ascending.
 */
export function referenceLags(
  blocks: readonly Stretch[],
  { from, until }: Stretch,
  intervalMs = 10,
): number[] {
  const lags: number[] = [];
  for (let due = Math.ceil(from / intervalMs) * intervalMs; due <= until; due += intervalMs) {
    const around = blocks.filter((one) => one.from <= due && due < one.until);
    lags.push(around.length === 0 ? 0 : Math.max(...around.map((one) => one.until)) - due);
  }
  return lags.sort((a, b) => a - b);
}

/** The value below which `share` of the ascending values lie. */
export function percentile(ascending: readonly number[], share: number): number {
  return ascending[Math.min(ascending.length - 1, Math.floor(ascending.length * share))] ?? 0;
}

export function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((total, value) => total + value, 0) / values.length;
}

/**
 * A witness of what the machine itself does to the loop: a timer of 5 ms, and when it was late. What is injected is
 * known; that other processes took the processor meanwhile is not, and is lag all the same.
 */
export function witness(): { stop(): Stretch[] } {
  const EVERY_MS = 5;
  const SLACK_MS = 2;
  const late: Stretch[] = [];
  let due = performance.now() + EVERY_MS;
  const timer = setInterval(() => {
    const now = performance.now();
    if (now - due > SLACK_MS) late.push({ from: due, until: now });
    due = now + EVERY_MS;
  }, EVERY_MS);
  return {
    stop: () => {
      clearInterval(timer);
      return late;
    },
  };
}

/**
 * Milliseconds that all waits at the end of a thread may take together, where nothing says that the collector is
 * well: whoever waits takes from the same purse.
 */
const DOUBTFUL_TOTAL_MS = 300;

let spentMs = 0;

export function exitPatienceLeftMs(): number {
  return Math.max(0, DOUBTFUL_TOTAL_MS - spentMs);
}

export function spendExitPatience(ms: number): void {
  spentMs += ms;
}

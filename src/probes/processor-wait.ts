import { readFileSync } from 'node:fs';

/** What the calling thread had of a processor so far, in milliseconds. */
export interface ProcessorTime {
  usedMs: number;
  /** Wanted one, and had none. */
  waitedMs: number;
}

/** Linux tells; zero where it cannot be known. */
export function ownProcessorTime(): ProcessorTime {
  try {
    const [used, waited] = readFileSync('/proc/thread-self/schedstat', 'latin1').split(' ');
    return { usedMs: Number(used) / 1e6 || 0, waitedMs: Number(waited) / 1e6 || 0 };
  } catch {
    return { usedMs: 0, waitedMs: 0 };
  }
}

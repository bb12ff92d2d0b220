/** What a soak measures, and what of it must not grow. */
import { median } from './figures.js';

export interface SoakSample {
  minute: number;
  /** MiB. */
  rssMb: number;
  heapMb: number;
  externalMb: number;
  /** By Node's name for them. */
  handles: Record<string, number>;
  /** Of `process`. */
  listeners: number;
  files: number;
  threads: number;
}

/** What the program says while it runs, a line of JSON each. */
export interface Moment {
  collector?: 'well' | 'gone' | 'failing' | 'silent';
  sample?: SoakSample;
  done?: Record<string, number>;
}

const total = (sample: SoakSample) => Object.values(sample.handles).reduce((sum, count) => sum + count, 0);

interface Bound {
  name: string;
  of: (sample: SoakSample) => number;
  summary: (values: number[]) => number;
  /** How much more the last quarter may have than the second one. */
  allowed: (before: number) => number;
}

const largest = (values: number[]) => Math.max(...values);

const BOUNDS: readonly Bound[] = [
  { name: 'heap, MiB', of: (s) => s.heapMb, summary: median, allowed: (before) => 2 + before / 10 },
  { name: 'external, MiB', of: (s) => s.externalMb, summary: median, allowed: () => 4 },
  { name: 'RSS, MiB', of: (s) => s.rssMb, summary: median, allowed: (before) => 16 + before / 10 },
  { name: 'active handles', of: total, summary: largest, allowed: () => 2 },
  { name: 'listeners of process', of: (s) => s.listeners, summary: largest, allowed: () => 0 },
  { name: 'open files', of: (s) => s.files, summary: largest, allowed: () => 2 },
  { name: 'threads', of: (s) => s.threads, summary: largest, allowed: () => 1 },
];

export interface Growth {
  name: string;
  /** In the second quarter, when all caches are warm, and in the last. */
  before: number;
  after: number;
  ok: boolean;
}

/** Compares the last quarter of the samples with the second. At least 8 samples. */
export function growth(samples: readonly SoakSample[]): Growth[] {
  const quarter = Math.floor(samples.length / 4);
  return BOUNDS.map(({ name, of, summary, allowed }) => {
    const before = summary(samples.slice(quarter, 2 * quarter).map(of));
    const after = summary(samples.slice(-quarter).map(of));
    return { name, before, after, ok: after <= before + allowed(before) };
  });
}

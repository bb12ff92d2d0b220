import { PerformanceObserver } from 'node:perf_hooks';
import { asSelf } from '../../base/self.js';
import type { Stop } from '../../types.js';

/** Tells the milliseconds that went into garbage collection, shortly after each one. */
export function observeGc(spent: (ms: number) => void): Stop {
  const observer = new PerformanceObserver((list) => {
    let ms = 0;
    for (const entry of list.getEntries()) ms += entry.duration;
    spent(ms);
  });
  asSelf(() => observer.observe({ entryTypes: ['gc'] }));
  return () => observer.disconnect();
}

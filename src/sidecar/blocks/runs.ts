import type { Capture } from '../protocol.js';
import { isNamed, type Sample, sameFunction } from './samples.js';

/** Samples of one uninterrupted run after the other: a block may be made of several, without a turn of the loop between. */
export function runsOf(samples: readonly Sample[]): Sample[][] {
  const runs: Sample[][] = [];
  samples.forEach((sample, i) => {
    const before = samples[i - 1];
    if (before === undefined || isNewRun(before.capture, sample.capture)) runs.push([]);
    runs.at(-1)?.push(sample);
  });
  return runs;
}

/** The run that was seen for longest, and its share of the time between the first sample and the last. */
export function longestRun(samples: readonly Sample[]): { samples: readonly Sample[]; share: number } {
  const weights = weightsOf(samples);
  let longest: readonly Sample[] = [];
  let [most, all, next] = [0, 0, 0];
  for (const run of runsOf(samples)) {
    let weight = 0;
    for (const _ of run) weight += weights[next++] as number;
    all += weight;
    if (weight > most) [most, longest] = [weight, run];
  }
  return { samples: longest, share: all === 0 ? 0 : most / all };
}

/** Milliseconds that each sample stands for: half of the way to those beside it. */
export function weightsOf(samples: readonly Sample[]): number[] {
  const at = samples.map(({ capture }) => capture.atMs);
  return at.map((time, i) => {
    const [before, after] = [at[i - 1] ?? time, at[i + 1] ?? time];
    // times on the shared clock wrap around
    return Math.max(1, ((after - before) | 0) / 2);
  });
}

function isNewRun(before: Capture, after: Capture): boolean {
  return after.runs > before.runs || outermostDiffers(before, after);
}

/** Microtasks wait while `process.nextTick` goes on and on: then only another function at the bottom tells. */
function outermostDiffers(a: Capture, b: Capture): boolean {
  if (a.truncated || b.truncated) return false;
  const bottomA = a.frames.findLast(isNamed);
  const bottomB = b.frames.findLast(isNamed);
  return bottomA !== undefined && bottomB !== undefined && !sameFunction(bottomA, bottomB);
}

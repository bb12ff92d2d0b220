import type { BlockCause } from '../../semconv.js';
import type { Site } from '../../tasks/sites/site-table.js';
import type { Certainty } from '../../types.js';
import { longestRun, runsOf, weightsOf } from './runs.js';
import { commonCulprit, isNamed, type Sample, showsProgram, stackOf } from './samples.js';

/** What is known about a block besides the samples. Milliseconds. */
export interface Circumstances {
  durationMs: number;
  thresholdMs: number;
  /** Spent in garbage collection meanwhile. */
  gcMs: number;
  /** The thread was given the questions: silence is a native call's, and not ours. */
  reached: boolean;
  /** The last question has been without an answer for so long. */
  unansweredMs: number;
  /** The sidecar itself was not run for so long. */
  stolenMs: number;
  /** The blocked thread wanted to run and was not. */
  starvedMs: number;
  /** A patched synchronous call that is running: proof. */
  syncCall: string | undefined;
}

export const UNMEASURED: Circumstances = {
  durationMs: 0,
  thresholdMs: 0,
  gcMs: 0,
  reached: false,
  unansweredMs: 0,
  stolenMs: 0,
  starvedMs: 0,
  syncCall: undefined,
};

export interface Verdict {
  cause: BlockCause;
  certainty: Certainty;
  /** The function that blocks, where one can be named. */
  culprit: Site | undefined;
  /** Only the function is known, and not its line: a native call somewhere inside it. */
  inside: boolean;
  stack: readonly Site[];
  /** The look that tells the task and the trace, where there is one. */
  shown: Sample | undefined;
  /** Where the samples were, as `[site, share]`, most often first; of a block of many short runs. */
  shares: readonly (readonly [Site, number])[];
}

const SYNC_MODULES = /^(node:)?(internal\/)?(fs|child_process|zlib|crypto)(\/|$)/;
const HALF = 0.5;
const SHARES = 3;
/** Running JavaScript answers sooner. */
const PROMPT_MS = 15;
/** One answer alone says nothing of the time before it. */
const FEW = 2;

/** Says who blocks, and how sure that is. A wrong name costs more than none. Pure. */
export function judge(samples: readonly Sample[], circumstances: Circumstances): Verdict {
  const { durationMs, thresholdMs, gcMs, stolenMs, starvedMs, syncCall, reached } = circumstances;
  // without the time that nobody gave it, would there have been a block?
  const wasKept = (ms: number) => ms > durationMs * HALF && durationMs - ms < thresholdMs;
  // one without a frame of the program looked at a loop that was between two callbacks
  const answers = samples.filter((sample) => !sample.late && showsProgram(sample));
  const manyRuns = isManyRuns(samples);
  const afterwards = !manyRuns && ranAfterwards(samples, answers) && circumstances.unansweredMs === 0;
  const prompt = afterwards ? [] : answers;
  const silentMs = samples.reduce(
    (sum, sample) => (sample.late ? sum + sample.waitedMs : sum),
    circumstances.unansweredMs,
  );
  // nor does a thread answer that nobody runs: what is left of both without that time. Between two of many runs it
  // answers and shows nothing of the program
  const silent = (prompt.length === 0 && !manyRuns) || silentMs - starvedMs > (durationMs - starvedMs) * HALF;
  const belated =
    samples.find((sample) => sample.late) ?? (afterwards ? samples.find(showsProgram) : undefined);
  const longest = longestRun(prompt);
  const named = silent ? nameBelated(belated) : nameRun(longest.samples);
  const shown = (silent ? undefined : longest.samples[0]) ?? samples.find((sample) => !sample.late);
  const verdict = (cause: BlockCause, certainty: Certainty, extra: Partial<Verdict> = {}): Verdict => ({
    cause,
    certainty,
    ...named,
    shown,
    ...extra,
  });
  // a thread that is stopped wants no processor: the two add up
  if (stolenMs > 0 && wasKept(Math.min(durationMs, stolenMs + starvedMs))) {
    return verdict(starvedMs > stolenMs ? 'cpu_starved' : 'suspended', 'likely', NOBODY);
  }
  if (syncCall !== undefined) return verdict('sync_io', 'proven');
  if (gcMs > durationMs * HALF) return verdict('gc', 'likely', { inside: named.culprit !== undefined });
  if (wasKept(starvedMs)) return verdict('cpu_starved', 'likely');
  if (silent) return verdict(reached || samples.length > 0 ? 'native' : 'javascript', 'suspected');
  // many runs belong to many traces
  if (manyRuns || longest.share < HALF)
    return verdict('many_short_runs', 'likely', {
      culprit: undefined,
      shares: shares(prompt),
      shown: undefined,
    });
  const synchronous = longest.samples.filter(inSynchronousCall).length;
  if (synchronous > longest.samples.length * HALF) return verdict('sync_io', 'likely');
  // what ran before the first look is not known, nor what ran after the last
  return verdict('javascript', seenForMs(longest.samples) >= durationMs * HALF ? 'proven' : 'likely');
}

/**
 * The block ended right after these answers: what they show may be what ran next, after a call that could not be
 * interrupted. A synchronous call is still on the stack when it can be asked.
 */
function ranAfterwards(samples: readonly Sample[], answers: readonly Sample[]): boolean {
  const waited = (samples[0]?.waitedMs ?? 0) > PROMPT_MS;
  return answers.length < (waited ? FEW + 1 : FEW) && !answers.some(inSynchronousCall);
}

const NOBODY = { culprit: undefined, inside: false, stack: [], shares: [] } as const;

function nameRun(run: readonly Sample[]) {
  const stack = run[0] === undefined ? [] : stackOf(run[0]);
  return { culprit: commonCulprit(run), inside: false, stack, shares: [] };
}

function nameBelated(belated: Sample | undefined) {
  if (belated === undefined) return NOBODY;
  // the function on top was entered after the block; those below it contain it
  const stack = stackOf(belated).slice(1);
  return { culprit: stack.find(isNamed), inside: true, stack, shares: [] };
}

function seenForMs(samples: readonly Sample[]): number {
  const [first, last] = [samples[0], samples.at(-1)];
  return first && last ? (last.capture.atMs - first.capture.atMs) | 0 : 0;
}

/** More than half of the captures found that another run had begun since the one before. */
function isManyRuns(all: readonly Sample[]): boolean {
  const samples = all.filter((sample) => !sample.late);
  return samples.length >= 3 && runsOf(samples).length - 1 > (samples.length - 1) * HALF;
}

function inSynchronousCall(sample: Sample): boolean {
  const stack = stackOf(sample);
  const caller = stack.findIndex(isNamed);
  const inside = caller < 0 ? stack : stack.slice(0, caller);
  return (
    inside.some(
      (site) =>
        site.file !== null &&
        SYNC_MODULES.test(site.file) &&
        /Sync$|^(read|write)/.test(site.functionName ?? ''),
    ) ||
    inside[0]?.functionName === 'Atomics.wait' ||
    inside[0]?.functionName === 'wait'
  );
}

/** By time: the samples are dense at first. */
function shares(samples: readonly Sample[]): readonly (readonly [Site, number])[] {
  const places = new Map<string, { site: Site; weight: number }>();
  const weights = weightsOf(samples);
  samples.forEach((sample, i) => {
    const site = stackOf(sample).find(isNamed);
    if (site === undefined) return;
    const key = `${site.functionName}\n${site.file}\n${site.line}`;
    const place = places.get(key) ?? { site, weight: 0 };
    place.weight += weights[i] as number;
    places.set(key, place);
  });
  const all = weights.reduce((sum, weight) => sum + weight, 0);
  return [...places.values()]
    .sort((a, b) => b.weight - a.weight)
    .slice(0, SHARES)
    .map(({ site, weight }) => [site, weight / all] as const);
}

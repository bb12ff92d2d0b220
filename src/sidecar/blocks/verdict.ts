import type { BlockCause } from '../../semconv.js';
import type { Site } from '../../tasks/sites/site-table.js';
import type { Certainty } from '../../types.js';
import type { Capture } from '../protocol.js';

/** One look at the blocked thread. */
export interface Sample {
  capture: Capture;
  /** It came so late, or the loop was free meanwhile, that what it shows may be what ran next. */
  late: boolean;
  /** How long the thread took to answer, in milliseconds: it was in no JavaScript then. */
  waitedMs: number;
}

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
/** Besides the first: so many that one of them may be left out. */
const ENOUGH = 4;

/** Says who blocks, and how sure that is. A wrong name costs more than none. Pure. */
export function judge(samples: readonly Sample[], circumstances: Circumstances): Verdict {
  const { durationMs, thresholdMs, gcMs, stolenMs, starvedMs, syncCall, reached } = circumstances;
  // without the time that nobody gave it, would there have been a block?
  const wasKept = (ms: number) => ms > durationMs * HALF && durationMs - ms < thresholdMs;
  // one without a frame of the program looked at a loop that was between two callbacks
  const answers = samples
    .filter((sample) => !sample.late)
    .filter(showsProgram)
    .map((sample) => inner(sample.capture.frames));
  const afterwards = ranAfterwards(samples, answers) && circumstances.unansweredMs === 0;
  const prompt = afterwards ? [] : answers;
  const silentMs = samples.reduce(
    (sum, sample) => (sample.late ? sum + sample.waitedMs : sum),
    circumstances.unansweredMs,
  );
  // nor does a thread answer that nobody runs
  const silent = prompt.length === 0 || silentMs - starvedMs > durationMs * HALF;
  const belated =
    samples.find((sample) => sample.late) ?? (afterwards ? samples.find(showsProgram) : undefined);
  const named = name(samples, silent ? [] : prompt, belated);
  const verdict = (cause: BlockCause, certainty: Certainty, extra: Partial<Verdict> = {}): Verdict => ({
    cause,
    certainty,
    ...named,
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
  if (isManyRuns(samples))
    return verdict('many_short_runs', 'likely', { culprit: undefined, shares: shares(prompt) });
  const synchronous = prompt.filter(inSynchronousCall).length;
  if (synchronous > prompt.length * HALF) return verdict('sync_io', 'likely');
  // what ran before the first look is not known, nor what ran after the last
  return verdict('javascript', seenForMs(samples) >= durationMs * HALF ? 'proven' : 'likely');
}

/**
 * The block ended right after these answers: what they show may be what ran next, after a call that could not be
 * interrupted. A synchronous call is still on the stack when it can be asked.
 */
function ranAfterwards(samples: readonly Sample[], answers: readonly (readonly Site[])[]): boolean {
  const waited = (samples[0]?.waitedMs ?? 0) > PROMPT_MS;
  return answers.length < (waited ? FEW + 1 : FEW) && !answers.some(inSynchronousCall);
}

const NOBODY = { culprit: undefined, inside: false, stack: [], shares: [] } as const;

function name(samples: readonly Sample[], prompt: readonly (readonly Site[])[], belated: Sample | undefined) {
  const shown = prompt[0];
  if (shown !== undefined) {
    return { culprit: commonCulprit(samples, prompt), inside: false, stack: shown, shares: [] };
  }
  if (belated === undefined) return NOBODY;
  // the function on top was entered after the block; those below it contain it
  const stack = inner(belated.capture.frames).slice(1);
  return { culprit: stack.find(isNamed), inside: true, stack, shares: [] };
}

/** What V8 called us from is on top: not a part of the program. */
function inner(frames: readonly Site[]): readonly Site[] {
  return frames.slice(1);
}

function showsProgram(sample: Sample): boolean {
  return inner(sample.capture.frames).some(isNamed);
}

/** Whether a function may be named: not one that only stands between a caller and what it calls, as a patched `require`. */
function isNamed({ origin }: Site): boolean {
  return origin !== 'node' && origin !== 'builtin' && origin !== 'self' && origin !== 'wrapper';
}

/**
 * The innermost function that was running in all samples; of many, the last is left out: it may have come when the
 * function had just returned. One that calls many small ones is to blame, not the small one that happened to run.
 */
function commonCulprit(samples: readonly Sample[], stacks: readonly (readonly Site[])[]): Site | undefined {
  const [first, ...others] = stacks;
  if (first === undefined) return undefined;
  // the outermost frames are missing: what is common cannot be told from below
  if (samples.some((sample) => sample.capture.truncated)) return first.find(isNamed);
  const depth = commonDepth(first, others.length >= ENOUGH ? others.slice(0, -1) : others);
  return first.slice(first.length - depth).find(isNamed) ?? first.find(isNamed);
}

/** How many of the outermost functions of `first` are the same in all others. */
function commonDepth(first: readonly Site[], others: readonly (readonly Site[])[]): number {
  let depth = first.length;
  for (const other of others) {
    let common = 0;
    while (
      common < depth &&
      common < other.length &&
      sameFunction(first[first.length - 1 - common] as Site, other[other.length - 1 - common] as Site)
    ) {
      common++;
    }
    depth = common;
  }
  return depth;
}

function sameFunction(a: Site, b: Site): boolean {
  return a.file === b.file && a.functionName === b.functionName && a.definitionLine === b.definitionLine;
}

function seenForMs(samples: readonly Sample[]): number {
  const shown = samples.filter((sample) => !sample.late && showsProgram(sample));
  const [first, last] = [shown[0], shown.at(-1)];
  return first && last ? (last.capture.atMs - first.capture.atMs) | 0 : 0;
}

/** More than half of the captures found that another run had begun since the one before. */
function isManyRuns(all: readonly Sample[]): boolean {
  const samples = all.filter((sample) => !sample.late);
  if (samples.length < 3) return false;
  let changes = 0;
  for (let i = 1; i < samples.length; i++) {
    const before = samples[i - 1] as Sample;
    const after = samples[i] as Sample;
    if (after.capture.runs > before.capture.runs || outermostDiffers(before.capture, after.capture))
      changes++;
  }
  return changes > (samples.length - 1) * HALF;
}

/** Microtasks wait while `process.nextTick` goes on and on: then only another function at the bottom tells. */
function outermostDiffers(a: Capture, b: Capture): boolean {
  if (a.truncated || b.truncated) return false;
  const bottomA = a.frames.findLast(isNamed);
  const bottomB = b.frames.findLast(isNamed);
  return bottomA !== undefined && bottomB !== undefined && !sameFunction(bottomA, bottomB);
}

function inSynchronousCall(stack: readonly Site[]): boolean {
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

function shares(stacks: readonly (readonly Site[])[]): readonly (readonly [Site, number])[] {
  const counts = new Map<string, { site: Site; count: number }>();
  for (const stack of stacks) {
    const site = stack.find(isNamed);
    if (site === undefined) continue;
    const key = `${site.functionName}\n${site.file}\n${site.line}`;
    const entry = counts.get(key) ?? { site, count: 0 };
    entry.count++;
    counts.set(key, entry);
  }
  return [...counts.values()]
    .sort((a, b) => b.count - a.count)
    .slice(0, SHARES)
    .map(({ site, count }) => [site, count / stacks.length] as const);
}

import type { Site } from '../../tasks/sites/site-table.js';
import type { Capture } from '../protocol.js';

/** One look at the blocked thread. */
export interface Sample {
  capture: Capture;
  /** It came so late, or the loop was free meanwhile, that what it shows may be what ran next. */
  late: boolean;
  /** How long the thread took to answer, in milliseconds: it was in no JavaScript then. */
  waitedMs: number;
}

/** Besides the first: so many that one of them may be left out. */
const ENOUGH = 4;

/** The frames without the one that V8 called us from, which is on top and no part of the program. */
export function stackOf({ capture }: Sample): readonly Site[] {
  return capture.frames.slice(1);
}

export function showsProgram(sample: Sample): boolean {
  return stackOf(sample).some(isNamed);
}

const MODULE_LOADER = 'node:internal/modules/esm/';

/**
 * Whether what was seen is Node loading modules: parts of the program that run for the first time. Half of the looks are
 * enough: the last may show what ran next.
 */
export function loadsModules(samples: readonly Sample[]): boolean {
  const shown = samples.map(stackOf).filter((stack) => stack.length > 0);
  const isLoading = (stack: readonly Site[]) => stack.some(({ file }) => file?.startsWith(MODULE_LOADER));
  return shown.length > 0 && shown.filter(isLoading).length * 2 >= shown.length;
}

/** Whether a function may be named: not one that only stands between a caller and what it calls, as a patched `require`. */
export function isNamed({ origin }: Site): boolean {
  return origin !== 'node' && origin !== 'builtin' && origin !== 'self' && origin !== 'wrapper';
}

export function sameFunction(a: Site, b: Site): boolean {
  return a.file === b.file && a.functionName === b.functionName && a.definitionLine === b.definitionLine;
}

/**
 * The innermost function that was running in all samples of a run; of many, the last is left out: it may have come when
 * the function had just returned. One that calls many small ones is to blame, not the small one that happened to run.
 */
export function commonCulprit(run: readonly Sample[]): Site | undefined {
  const [first, ...others] = run.map(stackOf);
  if (first === undefined) return undefined;
  // the outermost frames are missing: what is common cannot be told from below
  if (run.some(({ capture }) => capture.truncated)) return first.find(isNamed);
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

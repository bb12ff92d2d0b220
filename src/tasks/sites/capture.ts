import { type AnyFunction, plainCallSites, visitCallSites, visitsSoFar } from './call-sites.js';
import { isAsync } from './raw-frames.js';
import { type Site, settleOrigins, siteOf, siteOfPlain } from './site-table.js';

let sites: Site[] = [];
let beyond = 0;
const TRIES = 3;

/**
 * The frames of the synchronous stack below `above`, nearest first, at most `depth`; awaiting callers (`at async f`)
 * are not on it. Fewer than `depth` means the whole stack. Costs some 3 µs and 0.6 µs for each frame after the first
 * (`npm run bench:capture`). Never throws; empty where nothing can be known. With `beyondUser` frames are read only so
 * far below the first one of user code.
 */
export function captureFrames(
  above: AnyFunction,
  depth: number,
  beyondUser = Number.POSITIVE_INFINITY,
): readonly Site[] {
  for (let tries = 0; tries < TRIES; tries++) {
    const before = visitsSoFar();
    beyond = beyondUser;
    sites = [];
    try {
      // called right here, not through a helper: each frame above `above` costs V8 some 0.2 µs
      if (!visitCallSites(above, depth, collect)) sites = plainCallSites(above, depth).map(siteOfPlain);
      settleOrigins();
    } catch {
      // the stack is full: not to know is an answer
    }
    const captured = sites;
    sites = [];
    // the sidecar can interrupt a capture with one of its own: what is left of this one is not to be trusted
    if (visitsSoFar() === before + 1) return captured;
  }
  return [];
}

function collect(callSites: readonly NodeJS.CallSite[]): void {
  let count = callSites.length;
  while (count > 0 && isAsync(callSites[count - 1] as NodeJS.CallSite)) count--;
  let left = Number.POSITIVE_INFINITY;
  for (let i = 0; i < count && left > 0; i++, left--) {
    const site = siteOf(callSites[i] as NodeJS.CallSite);
    sites.push(site);
    if (site.origin === 'user' && left > beyond) left = beyond + 1;
  }
}

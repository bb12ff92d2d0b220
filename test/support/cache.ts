/** Where tests keep what is dear to fetch or build: Node binaries, backends, installed applications. */
import { mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const base = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');

/** Outside the checkout, so that a fresh clone finds it filled. */
export const CACHE = join(base, 'opentelemetry-instrumentation-async');

/** A folder of the cache, created where missing. Put the version of what it holds into its name. */
export function cacheFolder(...parts: string[]): string {
  const folder = join(CACHE, ...parts);
  mkdirSync(folder, { recursive: true });
  return folder;
}

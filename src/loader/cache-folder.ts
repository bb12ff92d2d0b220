import { existsSync, lstatSync, mkdirSync, realpathSync, type Stats } from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { process } from '../base/process.js';

const PACKAGE = 'opentelemetry-instrumentation-async';

/** Where this user's programs keep what they can make again, by the custom of the platform. */
export function userCacheFolder(env: NodeJS.ProcessEnv = process.env, platform = process.platform): string {
  const named = platform === 'win32' ? env.LOCALAPPDATA : env.XDG_CACHE_HOME;
  if (named !== undefined && isAbsolute(named)) return join(named, PACKAGE);
  const home = homedir();
  if (platform === 'win32') return join(home, 'AppData', 'Local', PACKAGE);
  return join(home, platform === 'darwin' ? 'Library/Caches' : '.cache', PACKAGE);
}

/**
 * Makes `name` in `folder`, for this user alone, and gives its real path. Undefined where anybody else could put a file
 * there, or exchange the folder: code from it will be run. Throws where it cannot be made.
 */
export function privateFolder(folder: string, name: string): string | undefined {
  makeFolder(dirname(folder));
  const base = realpathSync(dirname(folder));
  if (!isGuardedPath(base)) return undefined;
  const own = join(base, basename(folder));
  const path = join(own, name);
  return makeOwn(own, 0o022) && makeOwn(path, 0o077) ? path : undefined;
}

/** Not with `recursive`: where `mkdir` says ENOENT, as in `/proc`, Node tries for ever. */
function makeFolder(path: string): void {
  if (existsSync(path)) return;
  if (dirname(path) !== path) makeFolder(dirname(path));
  mkdirIfAbsent(path);
}

function mkdirIfAbsent(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

/** A folder, not a link to one, that belongs to this user and gives others none of the rights in `forbidden`. */
function makeOwn(path: string, forbidden: number): boolean {
  mkdirIfAbsent(path);
  const stat = lstatSync(path);
  if (!stat.isDirectory() || !isOwn(stat)) return false;
  return process.getuid === undefined || (stat.mode & forbidden) === 0;
}

export function isOwn(stat: Stats): boolean {
  return process.getuid === undefined || stat.uid === process.getuid();
}

/** Whether nobody else, but root, can exchange a folder on the way: each is its owner's to change, or sticky as `/tmp`. */
function isGuardedPath(path: string): boolean {
  if (process.getuid === undefined) return true;
  for (let at = path; ; at = dirname(at)) {
    const stat = lstatSync(at);
    if (stat.uid !== 0 && !isOwn(stat)) return false;
    if ((stat.mode & 0o002) !== 0 && (stat.mode & 0o1000) === 0) return false;
    if (dirname(at) === at) return true;
  }
}

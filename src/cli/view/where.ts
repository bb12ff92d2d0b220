import { isAbsolute, relative, sep } from 'node:path';

/** A place as short as it can be told from `cwd`. */
export function shortPath(site: string, cwd: string): string {
  const path = site.startsWith('file://') ? site.slice('file://'.length) : site;
  if (!isAbsolute(path)) return path;
  const inside = relative(cwd, path);
  return inside.startsWith('..') ? path : inside.split(sep).join('/');
}

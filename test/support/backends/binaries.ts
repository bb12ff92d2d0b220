import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { CACHE } from '../cache.js';
import { RECIPES, type Recipe } from './recipes.js';

export type BackendName = keyof typeof RECIPES;

/** Its version, and eight digits that change when the way it is built does. */
export function cacheKey(recipe: Recipe): string {
  const digest = createHash('sha256').update(JSON.stringify(recipe)).digest('hex').slice(0, 8);
  return `${recipe.version}-${digest}`;
}

export function installFolder(name: BackendName): string {
  return join(CACHE, 'backends', name, cacheKey(RECIPES[name]));
}

/** @throws Error naming the command that builds it, where it is missing. */
export function binary(name: BackendName, file: string = name): string {
  const path = join(installFolder(name), file);
  if (!existsSync(path)) throw new Error(missing(name));
  return path;
}

/**
 * Options for a test that needs real backends: skipped with one line where a binary is missing.
 *
 * @throws Error with the same line in CI, where nothing may be skipped.
 */
export function needs(...names: BackendName[]): { skip: string | false } {
  const absent = names.find((name) => !existsSync(installFolder(name)));
  if (absent === undefined) return { skip: false };
  if (isCI()) throw new Error(missing(absent));
  return { skip: missing(absent) };
}

function missing(name: BackendName): string {
  return `no ${name} ${RECIPES[name].version} in ${installFolder(name)}: \`npm run setup:backends\` builds it`;
}

function isCI(): boolean {
  return !['', '0', 'false', undefined].includes(process.env.CI);
}

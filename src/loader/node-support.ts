import * as nodeModule from 'node:module';
import { process } from '../base/process.js';

/** What a `load` hook gets of a module, and what it gives back. The types of Node 20 have neither. */
export interface LoadContext {
  format?: string | null;
  conditions?: readonly string[];
  importAttributes?: Readonly<Record<string, string>>;
}

export interface LoadResult {
  format?: string | null;
  source?: unknown;
  shortCircuit?: boolean;
}

export type NextLoad = (url: string, context?: LoadContext) => LoadResult;
export type LoadHook = (url: string, context: LoadContext, nextLoad: NextLoad) => LoadResult;
export type RegisterHooks = (hooks: { load: LoadHook }) => { deregister(): void };

/**
 * The first versions in which a synchronous hook changes nothing for CommonJS that is imported. Before them `require`
 * loses its `cache` there, and beside `module.register` hooks the program ends with ERR_INVALID_RETURN_PROPERTY_VALUE.
 */
const SINCE: readonly (readonly [major: number, minor: number, patch: number])[] = [
  [22, 22, 3],
  [24, 11, 1],
  [25, 1, 0],
];

/** `module.registerHooks` where it can be used without harm. */
export function registerHooksOf(version = process.versions.node): RegisterHooks | undefined {
  const { registerHooks } = nodeModule as { registerHooks?: RegisterHooks };
  return isSafe(version) ? registerHooks : undefined;
}

export function isSafe(version: string): boolean {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number);
  const since = SINCE.find(([line]) => line === major);
  if (since === undefined) return major > 25;
  return minor > since[1] || (minor === since[1] && patch >= since[2]);
}

import { realpathSync } from 'node:fs';
import { sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BoundedMap } from '../../base/bounded-map.js';
import { process } from '../../base/process.js';
import { SCOPE } from '../../semconv.js';

/**
 * Whose code a frame belongs to. `builtin`: a function of the engine, without a file (`new Promise`, `Array.map`);
 * `node`: Node's own JavaScript; `library`: below `node_modules`, or without source (WebAssembly); `opentelemetry`:
 * the packages `@opentelemetry/*` that do work of their own; `wrapper`: those that only stand between a caller and
 * what it calls; `self`: this package; `user`: everything else.
 */
export type FrameOrigin = 'builtin' | 'node' | 'library' | 'wrapper' | 'opentelemetry' | 'self' | 'user';

/** Packages whose functions stand between user code and what it calls, and do nothing of their own. */
const WRAPPERS =
  /^(@opentelemetry\/(api|context-.*|instrumentation.*|auto-instrumentations-.*|propagator-.*)|(import|require)-in-the-middle|shimmer)$/;
/** The tracer of the SDK's: within `startActiveSpan` it calls whoever wants the span. */
const TRACER = /[\\/]Tracer\.[cm]?[jt]s$/;
/**
 * Where our functions stand that call what is not ours: around Node's synchronous calls (some take a callback), listeners
 * of the process, known work, tracers, and promises that are returned.
 */
const OWN_WRAPPERS =
  /[\\/](sync-call-probe|process-emit|expected-work|heartbeat|watched-thread|provider-switch|followed-promise)\.js$/;
const MODULES = /[\\/]node_modules[\\/]/g;
const PACKAGE = /^(@[^\\/]+[\\/][^\\/]+|[^\\/]+)/;
/** Longer names are `data:` URLs: not worth remembering. */
const MEMO_NAME_LENGTH = 1024;

const memo = new BoundedMap<string, FrameOrigin>(5_000);
let userLibraries: ReadonlySet<string> = new Set();
const ownPrefixes = findOwnPrefixes(import.meta.url);
const applicationPackage = findApplicationPackage(process.argv[1], process.cwd);

/** Counts how often the rules changed: what was classified before is out of date. */
export const classification = { generation: 0 };

/** Sets the packages of `node_modules` that count as user code, by name, or by scope as `@acme/*`. */
export function setUserLibraries(names: readonly string[]): void {
  if (names.length === userLibraries.size && names.every((name) => userLibraries.has(name))) return;
  userLibraries = new Set(names);
  memo.clear();
  classification.generation++;
}

export function userLibraryNames(): readonly string[] {
  return [...userLibraries];
}

/** Whose code a script is, by the name V8 knows it by: a path, a `file:` URL, a `node:` name, or none. */
export function originOf(scriptName: string | null | undefined): FrameOrigin {
  if (!scriptName) return 'builtin';
  const known = memo.get(scriptName);
  if (known !== undefined) return known;
  const origin = classify(scriptName);
  if (scriptName.length <= MEMO_NAME_LENGTH) memo.set(scriptName, origin);
  return origin;
}

function classify(name: string): FrameOrigin {
  if (name === '<anonymous>' || name === 'native') return 'builtin';
  if (/^(node:|internal\/|\[eval\]-wrapper$)/.test(name)) return 'node';
  if (name.startsWith('wasm:')) return 'library';
  if (name.startsWith('data:')) return 'user';
  if (ownPrefixes.some((prefix) => name.startsWith(prefix)))
    return OWN_WRAPPERS.test(name) ? 'wrapper' : 'self';
  const packageName = packageOf(name);
  if (packageName === undefined) return 'user';
  const scope = packageName.startsWith('@') ? packageName.slice(0, packageName.indexOf('/')) : undefined;
  if (userLibraries.has(packageName) || (scope && userLibraries.has(`${scope}/*`))) return 'user';
  if (packageName === SCOPE) return 'self';
  if (WRAPPERS.test(packageName)) return 'wrapper';
  if (scope !== '@opentelemetry') return 'library';
  return TRACER.test(name) ? 'wrapper' : 'opentelemetry';
}

/** The innermost package of `node_modules` a script belongs to; undefined for the application's own files. */
function packageOf(name: string): string | undefined {
  const folder = packageFolder(name);
  if (folder === undefined || folder.path === applicationPackage) return undefined;
  return folder.name;
}

function packageFolder(name: string): { path: string; name: string } | undefined {
  let end = -1;
  for (const match of name.matchAll(MODULES)) end = match.index + match[0].length;
  if (end < 0) return undefined;
  const packageName = PACKAGE.exec(name.slice(end))?.[0];
  if (packageName === undefined) return undefined;
  const path = name.slice(0, end + packageName.length);
  return { path: path.startsWith('file:') ? toPath(path) : path, name: packageName.replace('\\', '/') };
}

/**
 * Where our compiled files lie, as path and as URL: `dist/`, or `build/src/` in our own tests, which are user code.
 * Empty in a bundle, where nothing tells our code from the application's.
 */
export function findOwnPrefixes(url: string | undefined): readonly string[] {
  const root = /^(file:.*\/)tasks\/sites\/user-code\.[cm]?[jt]s$/.exec(url ?? '')?.[1];
  return root === undefined ? [] : [root, toPath(root)];
}

/**
 * An application installed globally lies below a `node_modules` itself, and is the user's code all the same; unlike a
 * tool of the project's own `node_modules` (`next start`), which is run from within the project.
 */
export function findApplicationPackage(
  mainScript: string | undefined,
  workingDirectory: () => string,
): string | undefined {
  if (mainScript === undefined) return undefined;
  try {
    const path = packageFolder(realpathSync(mainScript))?.path;
    if (path === undefined) return undefined;
    const project = path.slice(0, path.search(MODULES) + 1);
    return `${workingDirectory()}${sep}`.startsWith(project) ? undefined : path;
  } catch {
    return undefined; // `[eval]`, the REPL, or a working directory that is gone
  }
}

function toPath(url: string): string {
  try {
    return fileURLToPath(url);
  } catch {
    return url;
  }
}

import { isAbsolute } from 'node:path';
import { process } from '../../base/process.js';
import type { CodeLocation } from '../../types.js';
import { compiledMap } from './compiled-maps.js';
import { inFile } from './in-file.js';
import { forgetMap, MAX_MAP_BYTES, mapOf } from './map-cache.js';
import { isInLibrary, toPath } from './script-map.js';
import type { Site } from './site-table.js';

const BUNDLED_FILES = 100_000;

const known = new WeakMap<Site, CodeLocation>();
const knownDefinitions = new WeakMap<Site, CodeLocation>();

/** Of the files in bundles with compiled sites, as they name them: from the folder that they were built in. */
const bundled = new Set<string>();
/** The same in order, to be cut without an iterator: that is done in the midst of whatever runs. */
const bundledFiles: string[] = [];

/** Says how a bundle names a file of its sources, so that one file has one name, whatever its map calls it. */
export function addBundledFile(file: string): void {
  if (bundled.has(file) || bundled.size >= BUNDLED_FILES) return;
  if (isAbsolute(file) || /^[a-z][a-z0-9+.-]+:/i.test(file)) return;
  bundled.add(file);
  bundledFiles.push(file);
}

/** What `addBundledFile` was told, without the first `known`: for another thread, which is not told. */
export function bundledFilesSince(known: number, most: number): readonly string[] {
  return bundledFiles.slice(known, known + most);
}

/**
 * A site that says by itself where its author wrote it, as far as that is known by now: for another thread, which knows
 * nothing of this one's. Good for `locationOf` alone. Reads nothing.
 */
export function withKnownPlace(site: Site): Site {
  const place = site.written ? undefined : known.get(site);
  if (place === undefined) return inFile(site);
  const { functionName = null, file, line, column } = place;
  return { ...site, functionName, file, line, column, definitionLine: 0, definitionColumn: 0, written: true };
}

/** The same of where its function begins: good for `definitionOf` alone. */
export function withKnownDefinition(site: Site): Site {
  const place = site.written ? undefined : knownDefinitions.get(site);
  if (place === undefined) return inFile(site);
  return {
    ...site,
    functionName: place.functionName ?? null,
    file: place.file,
    definitionLine: place.line,
    definitionColumn: place.column,
    written: true,
  };
}

/** Where a site is in the source its author wrote; undefined for builtins. Remembered for each site. */
export function locationOf(site: Site): CodeLocation | undefined {
  if (site.file === null) return undefined;
  if (site.written) return placed(site.functionName, toPath(site.file), site.line, site.column);
  return known.get(site) ?? mappedOf(site, site.file, site.line, site.column, known);
}

/** Where the function of a site begins; undefined where that is not known. Remembered for each site. */
export function definitionOf(site: Site): CodeLocation | undefined {
  if (site.file === null || site.definitionLine === 0) return undefined;
  const location = knownDefinitions.get(site);
  if (location !== undefined) return location;
  const { functionName, file, definitionLine, definitionColumn } = site;
  return site.written
    ? placed(functionName, toPath(file), definitionLine, definitionColumn)
    : mappedOf(site, file, definitionLine, definitionColumn, knownDefinitions);
}

/**
 * The original of a position in the text of a stack. Where source maps are on, or a library formats stacks, the text
 * is mapped already: a file that is its own source (TypeScript transformed while it loads) is not mapped again, and
 * sources have no map. Only what we compiled ourselves is its own source without anyone having mapped it. Where the
 * process is `dying` a large map is waited for, some 10 ms for each megabyte; else it is read in the background, and
 * the location stays as it is until then. Never throws.
 */
export function mapLocation(location: CodeLocation, dying = false): CodeLocation {
  const { functionName, file, line, column } = location;
  const path = toPath(file);
  const map = mapOf(path, dying ? MAX_MAP_BYTES : undefined);
  const once = originalIn(map, functionName ?? null, path, line, column);
  if (once.file !== path) return once;
  const unmapped = !sourceMapsEnabled() && compiledMap(once.file) !== undefined;
  return unmapped ? once : { ...location, file: once.file };
}

/**
 * Reads the map of a script ahead of its first use, in the background. That it has none is no news before it runs: a
 * loader may make what has one of it. Never throws.
 */
export function preloadSourceMap(script: string): void {
  const file = toPath(script);
  if (mapOf(file, 0) === 'none') forgetMap(file);
}

/** A place of a site, under the name that the author gave its function. */
function mappedOf(
  site: Site,
  scriptName: string,
  line: number,
  column: number,
  memory: WeakMap<Site, CodeLocation>,
): CodeLocation {
  const file = toPath(scriptName);
  const map = mapOf(file);
  const { functionName, definitionLine, definitionColumn } = site;
  const name =
    functionName !== null && typeof map === 'object'
      ? map.nameOf(functionName, definitionLine, definitionColumn)
      : functionName;
  const location = originalIn(map, name, file, line, column);
  if (map !== 'pending') memory.set(site, location);
  return location;
}

function originalIn(
  map: ReturnType<typeof mapOf>,
  functionName: string | null,
  file: string,
  line: number,
  column: number,
): CodeLocation {
  const original = typeof map === 'object' ? map.find(line, column) : undefined;
  return original && !leavesItsPackage(file, original.source)
    ? placed(functionName, named(original.source), original.line, original.column)
    : placed(functionName, named(file), line, column);
}

/** The map of a package that was built in another folder than it was published from: it leads to files of the user's. */
function leavesItsPackage(file: string, source: string): boolean {
  return isInLibrary(file) && isAbsolute(source) && !isInLibrary(source);
}

function named(source: string): string {
  if (bundled.size === 0) return source;
  const path = source.replaceAll('\\', '/');
  for (let at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1)) {
    const rest = path.slice(at + 1);
    if (bundled.has(rest)) return rest;
  }
  return source;
}

function placed(functionName: string | null, file: string, line: number, column: number): CodeLocation {
  return functionName === null ? { file, line, column } : { functionName, file, line, column };
}

function sourceMapsEnabled(): boolean {
  return (process as { sourceMapsEnabled?: boolean }).sourceMapsEnabled === true;
}

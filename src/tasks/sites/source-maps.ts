import { isAbsolute, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { diag } from '@opentelemetry/api';
import { BoundedMap } from '../../base/bounded-map.js';
import type { CodeLocation } from '../../types.js';
import { findMap } from './map-file.js';
import { Mappings } from './mappings.js';
import type { Site } from './site-table.js';

interface LoadedMap {
  mappings: Mappings;
  folder: string;
}

/** Maps of this many scripts are kept decoded. */
const MAPS_KEPT = 200;
const maps = new BoundedMap<string, LoadedMap | null>(MAPS_KEPT);
let locations = new WeakMap<Site, CodeLocation>();
let failures = 0;

/** How many scripts have a source map that could not be used. Their locations stay as they are. */
export function sourceMapFailures(): number {
  return failures;
}

/** Where a site is in the source its author wrote; undefined for builtins. Remembered for each site. */
export function locationOf(site: Site): CodeLocation | undefined {
  if (site.file === null) return undefined;
  let location = locations.get(site);
  if (location === undefined) {
    location = mapLocation(rawLocation(site.functionName, site.file, site.line, site.column));
    locations.set(site, location);
  }
  return location;
}

/** Where the function of a site begins; undefined where not known. */
export function definitionOf(site: Site): CodeLocation | undefined {
  if (site.file === null || site.definitionLine === 0) return undefined;
  return mapLocation(rawLocation(site.functionName, site.file, site.definitionLine, site.definitionColumn));
}

/**
 * The original of a location in a generated file, through the file's source map; any other stays as it is. The first
 * use of a file reads and decodes its map synchronously. Never throws.
 */
export function mapLocation(location: CodeLocation): CodeLocation {
  const file = toPath(location.file);
  const loaded = isAbsolute(file) ? mapOf(file) : null;
  const original = loaded?.mappings.find(location.line, location.column);
  if (!loaded || !original) return file === location.file ? location : { ...location, file };
  return {
    ...location,
    file: resolveSource(original.source, loaded.folder),
    line: original.line,
    column: original.column,
  };
}

/** Forgets maps and locations: for tests, and after a program has rebuilt itself. */
export function clearSourceMaps(): void {
  maps.clear();
  locations = new WeakMap();
}

function mapOf(file: string): LoadedMap | null {
  const known = maps.get(file);
  if (known !== undefined) return known;
  let loaded: LoadedMap | null = null;
  try {
    const found = findMap(file);
    if (found !== undefined) loaded = { mappings: new Mappings(found.payload), folder: found.folder };
  } catch (error) {
    if (failures++ === 0) {
      diag.debug(`opentelemetry-instrumentation-async: source map of ${file} not used`, error);
    }
  }
  maps.set(file, loaded);
  return loaded;
}

function resolveSource(source: string, folder: string): string {
  if (source.startsWith('file:')) return toPath(source);
  // `webpack://name/./src/a.ts` and the like name no file
  return /^[a-z][a-z0-9+.-]+:\/\//i.test(source) ? source : resolve(folder, source);
}

function rawLocation(functionName: string | null, file: string, line: number, column: number): CodeLocation {
  return functionName === null ? { file, line, column } : { functionName, file, line, column };
}

function toPath(file: string): string {
  if (!file.startsWith('file:')) return file;
  try {
    return fileURLToPath(file);
  } catch {
    return file;
  }
}

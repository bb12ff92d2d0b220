import { readFile } from 'node:fs';
import { findSourceMap } from 'node:module';
import { dirname, isAbsolute } from 'node:path';
import { diag } from '@opentelemetry/api';
import { BoundedMap } from '../../base/bounded-map.js';
import { process } from '../../base/process.js';
import { asSelf } from '../../base/self.js';
import { timers } from '../../base/timers.js';
import { type CompiledMap, compiledMap, dropCompiledMap, setCompiledMap } from './compiled-maps.js';
import { locateMap, type MapFile, parseMap, readMap } from './map-file.js';
import type { SourceMapPayload } from './mappings.js';
import { ScriptMap } from './script-map.js';
import { classification } from './user-code.js';

/** Read and decoded at once, in 10 to 15 ms; a larger one in the background. */
const SYNC_BYTES = 1024 * 1024;
/** A larger one is not used: to parse it blocks the loop for more than 50 ms. */
export const MAX_MAP_BYTES = 16 * 1024 * 1024;
/** No bundle with libraries in it has a smaller map. */
const BUNDLE_BYTES = 64 * 1024;
const MAPS_KEPT = 500;
const BYTES_KEPT = 64 * 1024 * 1024;

/** A map that is known of and not decoded yet: on disk, or parsed. */
class PendingMap {
  inBackground = false;

  constructor(
    readonly source: MapFile | ScriptMap,
    readonly bytes: number,
  ) {}

  get mayHaveLibraries(): boolean {
    return this.source instanceof ScriptMap ? this.source.hasLibraries : this.bytes >= BUNDLE_BYTES;
  }

  /** Reads and decodes what is left, at once. */
  finish(): ScriptMap | 'none' {
    const map = this.source instanceof ScriptMap ? this.source : toMap(readMap(this.source), this.source);
    if (map !== undefined) while (!map.decodeStep());
    return map ?? 'none';
  }
}

const maps = new BoundedMap<string, ScriptMap | PendingMap | 'none'>(MAPS_KEPT, (_script, state) => {
  if (state instanceof ScriptMap) bytesKept -= state.bytes;
});
let bytesKept = 0;
let failures = 0;

/** How many scripts have a source map that could not be used. Their locations stay as they are. */
export function sourceMapFailures(): number {
  return failures;
}

/**
 * The map of a script (an absolute path). One of up to `syncBytes` is read and decoded before this returns, a larger
 * one in the background: `pending` until it is there. Never throws.
 */
export function mapOf(script: string, syncBytes = SYNC_BYTES): ScriptMap | 'none' | 'pending' {
  const state = stateOf(script);
  if (!(state instanceof PendingMap)) return state;
  if (state.bytes > syncBytes) {
    inBackground(script, state);
    return 'pending';
  }
  const map = asSelf(() => attemptMap(script, () => state.finish()));
  keep(script, map);
  return map;
}

/**
 * The map of a script that is a bundle with libraries in it, once it has been read in the background. Fit for hooks:
 * 0.1 ms the first time a script is asked for, a look-up then.
 */
export function bundleMapOf(script: string): ScriptMap | undefined {
  const state = stateOf(script);
  if (state instanceof PendingMap && state.mayHaveLibraries) inBackground(script, state);
  return state instanceof ScriptMap && state.hasLibraries ? state : undefined;
}

function stateOf(script: string): ScriptMap | PendingMap | 'none' {
  if (!isAbsolute(script)) return 'none';
  let state = maps.get(script);
  if (state === undefined) {
    state = asSelf(() => attemptMap(script, () => locate(script)));
    maps.set(script, state);
  }
  return state;
}

/** From now on something else runs in place of a script's file (an absolute path), and `map` leads back from it. */
export function replaceMap(script: string, map: CompiledMap): void {
  forgetMap(script);
  setCompiledMap(script, map);
}

/** A script runs as its file has it after all. */
export function restoreMap(script: string): void {
  forgetMap(script);
  dropCompiledMap(script);
}

/** It is looked for again when it is needed. */
export function forgetMap(script: string): void {
  const known = maps.get(script);
  if (known instanceof ScriptMap) bytesKept -= known.bytes;
  maps.delete(script);
}

function locate(script: string): PendingMap | 'none' {
  const compiled = compiledMap(script);
  if (compiled !== undefined) {
    // a loader that comes after us makes something else of what we made, or of the file
    const last = compiled.characters <= SYNC_BYTES ? knownToNode(script) : undefined;
    if (last !== undefined) return new PendingMap(last, last.length);
    const bytes = compiled.characters;
    const content = () => compiled.read();
    return new PendingMap({ path: script, inScript: false, bytes, folder: dirname(script), content }, bytes);
  }
  const file = locateMap(script);
  // to hand out a large map Node would decode it at once: 15 ms for each megabyte
  const known =
    file === undefined || file.bytes <= SYNC_BYTES ? knownToNode(script, file?.script) : undefined;
  if (known !== undefined) return new PendingMap(known, known.length);
  if (file === undefined) return 'none';
  if (file.bytes > MAX_MAP_BYTES) throw new RangeError(`${file.path} is larger than ${MAX_MAP_BYTES} bytes`);
  return new PendingMap(file, file.bytes);
}

/** Where source maps are on, Node also knows those of scripts that were compiled in memory. */
function knownToNode(script: string, asInFile?: string): ScriptMap | undefined {
  if (!(process as { sourceMapsEnabled?: boolean }).sourceMapsEnabled) return undefined;
  const map = findSourceMap(script);
  return map && new ScriptMap(map.payload as SourceMapPayload, dirname(script), asInFile);
}

function toMap(payload: SourceMapPayload | undefined, file: MapFile): ScriptMap | undefined {
  return payload && new ScriptMap(payload, file.folder, file.script);
}

function inBackground(script: string, pending: PendingMap): void {
  if (pending.inBackground) return;
  pending.inBackground = true;
  const { source } = pending;
  asSelf(() => {
    if (source instanceof ScriptMap) decodeLater(script, pending, source);
    else {
      const parse = (error: Error | null, content: string) =>
        goOn(script, pending, () => {
          if (error) throw error;
          const map = toMap(parseMap(source, content), source);
          if (map === undefined) return 'none';
          decodeLater(script, pending, map);
          return pending;
        });
      const { content } = source;
      if (content === undefined) readFile(source.path, 'utf8', parse);
      else timers.setImmediate(() => parse(null, content() ?? '')).unref();
    }
  });
}

function decodeLater(script: string, pending: PendingMap, map: ScriptMap): void {
  timers
    .setImmediate(() =>
      goOn(script, pending, () => {
        if (map.decodeStep()) return map;
        decodeLater(script, pending, map);
        return pending;
      }),
    )
    .unref();
}

/** Does a piece of the work in the background, unless somebody could not wait and finished it. */
function goOn(script: string, pending: PendingMap, piece: () => ScriptMap | PendingMap | 'none'): void {
  if (maps.get(script) !== pending) return;
  const state = asSelf(() => attemptMap(script, piece));
  if (state !== pending) keep(script, state);
}

function keep(script: string, state: ScriptMap | PendingMap | 'none'): void {
  if (state instanceof ScriptMap) {
    bytesKept += state.bytes;
    if (bytesKept > BYTES_KEPT) {
      maps.clear();
      bytesKept = state.bytes;
    }
    // sites in the bundle were taken for the user's
    if (state.hasLibraries) classification.generation++;
  }
  maps.set(script, state);
}

function attemptMap<S>(script: string, action: () => S): S | 'none' {
  try {
    return action();
  } catch (error) {
    if (failures++ === 0) sayUnused(script, error);
    return 'none';
  }
}

function sayUnused(script: string, error: unknown): void {
  try {
    diag.debug(`opentelemetry-instrumentation-async: the source map of ${script} is not used`, error);
  } catch {
    // a diag logger of the application's that throws is not ours to mend
  }
}

import { readFile } from 'node:fs';
import { findSourceMap } from 'node:module';
import { dirname, isAbsolute } from 'node:path';
import { diag } from '@opentelemetry/api';
import { BoundedMap } from '../../base/bounded-map.js';
import { asSelf } from '../../base/self.js';
import { locateMap, type MapFile, parseMap, readMap } from './map-file.js';
import type { SourceMapPayload } from './mappings.js';
import { ScriptMap } from './script-map.js';

/** Read and decoded at once, in 10 to 15 ms; a larger one in the background. */
const SYNC_BYTES = 1024 * 1024;
/** A larger one is not used: to parse it blocks the loop for more than 50 ms. */
const MAX_BYTES = 16 * 1024 * 1024;
const MAPS_KEPT = 500;
const BYTES_KEPT = 64 * 1024 * 1024;

/** What is known of a script: its map, that it has none that can be used, or that it is being read. */
export type MapState = ScriptMap | 'none' | 'loading';

const maps = new BoundedMap<string, MapState>(MAPS_KEPT, (_script, state) => {
  if (typeof state === 'object') bytesKept -= state.bytes;
});
let bytesKept = 0;
let failures = 0;

/** How many scripts have a source map that could not be used. Their locations stay as they are. */
export function sourceMapFailures(): number {
  return failures;
}

/** The map of a script (an absolute path). A map of up to `syncBytes` is read and decoded before it returns. */
export function mapOf(script: string, syncBytes = SYNC_BYTES): MapState {
  if (!isAbsolute(script)) return 'none';
  let state = maps.get(script);
  if (state === undefined) {
    state = asSelf(() => load(script, syncBytes));
    keep(script, state);
  }
  return state;
}

function load(script: string, syncBytes: number): MapState {
  try {
    const known = (process as { sourceMapsEnabled?: boolean }).sourceMapsEnabled && findSourceMap(script);
    if (known) return decode(script, known.payload as SourceMapPayload, dirname(script), syncBytes);
    const file = locateMap(script);
    if (file === undefined) return 'none';
    if (file.bytes > MAX_BYTES) throw new RangeError(`${file.path} is larger than ${MAX_BYTES} bytes`);
    if (file.bytes <= syncBytes) return decode(script, readMap(file), file.folder, syncBytes);
    readLater(script, file);
    return 'loading';
  } catch (error) {
    return failed(script, error);
  }
}

function decode(
  script: string,
  payload: SourceMapPayload | undefined,
  folder: string,
  syncBytes: number,
): MapState {
  if (payload === undefined) return 'none';
  const map = new ScriptMap(payload, folder);
  if (map.length > syncBytes) {
    decodeLater(script, map);
    return 'loading';
  }
  while (!map.decodeStep());
  return map;
}

function readLater(script: string, file: MapFile): void {
  readFile(file.path, 'utf8', (error, content) =>
    finishing(script, () => {
      if (error) throw error;
      return decode(script, parseMap(file, content), file.folder, 0);
    }),
  );
}

function decodeLater(script: string, map: ScriptMap): void {
  setImmediate(() =>
    finishing(script, () => {
      if (map.decodeStep()) return map;
      decodeLater(script, map);
      return 'loading';
    }),
  ).unref();
}

/** Does a piece of what is left to do for a script that is loading. */
function finishing(script: string, action: () => MapState): void {
  asSelf(() => {
    let state: MapState;
    try {
      state = action();
    } catch (error) {
      state = failed(script, error);
    }
    if (maps.get(script) === 'loading') keep(script, state);
  });
}

function keep(script: string, state: MapState): void {
  if (typeof state === 'object') {
    bytesKept += state.bytes;
    if (bytesKept > BYTES_KEPT) {
      maps.clear();
      bytesKept = state.bytes;
    }
  }
  maps.set(script, state);
}

function failed(script: string, error: unknown): MapState {
  if (failures++ === 0) {
    try {
      diag.debug(`opentelemetry-instrumentation-async: the source map of ${script} is not used`, error);
    } catch {
      // a diag logger of the application's that throws is not ours to mend
    }
  }
  return 'none';
}

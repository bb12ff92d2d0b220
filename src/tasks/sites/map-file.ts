import { closeSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import { findSourceMap } from 'node:module';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SourceMapPayload } from './mappings.js';

/** A map as found, not decoded yet, and the folder its sources are relative to. */
export interface FoundMap {
  payload: SourceMapPayload;
  folder: string;
}

/** Files and maps that are larger are left alone. */
export const MAX_MAP_BYTES = 10 * 1024 * 1024;
const TAIL_BYTES = 4 * 1024;
const COMMENT = /\/[/*][#@]\s*sourceMappingURL=([^\s*'"]+)/g;
const DATA_URL = /^data:application\/json[^,]*?(;base64)?,/;

/**
 * The source map of a script: Node's own copy where source maps are enabled, else the file that the script's last
 * `sourceMappingURL` names, or the map in it. Undefined where there is none; throws where it cannot be had. Reads
 * synchronously, at most `MAX_MAP_BYTES`.
 */
export function findMap(file: string): FoundMap | undefined {
  const known = (process as { sourceMapsEnabled?: boolean }).sourceMapsEnabled && findSourceMap(file);
  if (known) return { payload: known.payload as SourceMapPayload, folder: dirname(file) };
  const url = mappingUrl(file);
  if (url === undefined) return undefined;
  const data = DATA_URL.exec(url);
  if (data !== null) {
    const body = url.slice(data[0].length);
    const text = data[1] ? Buffer.from(body, 'base64').toString() : decodeURIComponent(body);
    return { payload: parse(text), folder: dirname(file) };
  }
  if (/^[a-z][a-z0-9+.-]+:/i.test(url) && !url.startsWith('file:')) return undefined;
  const mapFile = url.startsWith('file:')
    ? fileURLToPath(url)
    : resolve(dirname(file), decodeURIComponent(url));
  return { payload: parse(readBounded(mapFile)), folder: dirname(mapFile) };
}

function parse(text: string): SourceMapPayload {
  // the prefix that keeps JSON from being run as a script
  const payload: unknown = JSON.parse(text.startsWith(")]}'") ? text.slice(text.indexOf('\n')) : text);
  if (typeof payload !== 'object' || payload === null) throw new TypeError('a source map is an object');
  return payload;
}

/** The last `sourceMappingURL` of a script: most are in its last bytes, a map in the script may fill most of it. */
function mappingUrl(file: string): string | undefined {
  const descriptor = openSync(file, 'r');
  try {
    const size = fstatSync(descriptor).size;
    const tail = lastBytes(descriptor, size, TAIL_BYTES);
    const url = lastComment(tail);
    if (url !== undefined || size <= TAIL_BYTES || tail.trimEnd().includes('\n')) return url;
    return lastComment(lastBytes(descriptor, size, MAX_MAP_BYTES));
  } finally {
    closeSync(descriptor);
  }
}

function lastBytes(descriptor: number, size: number, count: number): string {
  const buffer = Buffer.alloc(Math.min(size, count));
  const read = readSync(descriptor, buffer, 0, buffer.length, size - buffer.length);
  return buffer.toString('utf8', 0, read);
}

function lastComment(text: string): string | undefined {
  let url: string | undefined;
  for (const match of text.matchAll(COMMENT)) url = match[1];
  return url;
}

function readBounded(file: string): string {
  const descriptor = openSync(file, 'r');
  try {
    const stat = fstatSync(descriptor);
    if (!stat.isFile()) throw new TypeError('not a file');
    if (stat.size > MAX_MAP_BYTES) throw new RangeError(`larger than ${MAX_MAP_BYTES} bytes`);
    return readFileSync(descriptor, 'utf8');
  } finally {
    closeSync(descriptor);
  }
}

import { closeSync, constants, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SourceMapPayload } from './mappings.js';

/** Where the map of a script is: a file of its own, or the end of the script. */
export interface MapFile {
  path: string;
  inScript: boolean;
  /** Of the file to read. */
  bytes: number;
  /** What the map's sources are relative to. */
  folder: string;
  /** What is mapped, where that is a file as it stands. */
  script?: string;
  /** Gives the map where it is in no file of the application's. */
  content?(): string | undefined;
}

const TAIL_BYTES = 4 * 1024;
const MARK = 'sourceMappingURL=';
const DATA_URL = /^data:application\/json[^,]{0,100}?(;base64)?,/;
const OTHER_URL = /^[a-z][a-z0-9+.-]+:/i;

/**
 * Finds the map that the last `sourceMappingURL` comment of a script names, reading the script's last 4 KiB. Undefined
 * where there is none, or no such file as the script. Throws where the map's file cannot be had.
 */
export function locateMap(script: string): MapFile | undefined {
  const bytes = fileSize(script);
  if (bytes === undefined) return undefined;
  const tail = readTail(script, bytes);
  const url = lastMappingUrl(tail);
  const folder = dirname(script);
  if (url === undefined) {
    // the comment may begin further ahead: a map in the script is one long line
    const [cutLine = '', ...more] = tail.trimEnd().split('\n');
    const mayBeMap = bytes > TAIL_BYTES && (more.length === 0 || /^[\w+/]+=*$/.test(cutLine.trimEnd()));
    return mayBeMap ? { path: script, inScript: true, bytes, folder, script } : undefined;
  }
  if (DATA_URL.test(url)) return { path: script, inScript: true, bytes, folder, script };
  if (OTHER_URL.test(url) && !url.startsWith('file:')) return undefined;
  const path = url.startsWith('file:') ? fileURLToPath(url) : resolve(folder, decodeURIComponent(url));
  // a comment in a script must not make Windows call another host
  if (path.startsWith('\\\\') && !script.startsWith('\\\\')) return undefined;
  const mapBytes = fileSize(path);
  if (mapBytes === undefined) throw new Error(`no source map at ${path}`);
  return { path, inScript: false, bytes: mapBytes, folder: dirname(path), script };
}

/** Reads a map synchronously. */
export function readMap(file: MapFile): SourceMapPayload | undefined {
  return parseMap(file, file.content ? (file.content() ?? '') : readFileSync(file.path, 'utf8'));
}

/** The map in what was read of its file; undefined where a script has none after all. */
export function parseMap(file: MapFile, content: string): SourceMapPayload | undefined {
  if (!file.inScript) return toPayload(content);
  const url = lastMappingUrl(content);
  const data = DATA_URL.exec(url ?? '');
  if (url === undefined || data === null) return undefined;
  const body = url.slice(data[0].length);
  return toPayload(data[1] ? Buffer.from(body, 'base64').toString() : decodeURIComponent(body));
}

function toPayload(text: string): SourceMapPayload {
  // some servers put a line before it that keeps JSON from being run as a script
  const payload: unknown = JSON.parse(text.startsWith(")]}'") ? text.slice(text.indexOf('\n')) : text);
  if (typeof payload !== 'object' || payload === null) throw new TypeError('a source map is an object');
  return payload;
}

/** Undefined for what is no regular file: opening a pipe would wait for ever. */
function fileSize(path: string): number | undefined {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat?.isFile() ? stat.size : undefined;
}

function readTail(path: string, bytes: number): string {
  const descriptor = openSync(path, constants.O_RDONLY);
  try {
    const buffer = Buffer.alloc(Math.min(bytes, TAIL_BYTES));
    const read = readSync(descriptor, buffer, 0, buffer.length, bytes - buffer.length);
    return buffer.toString('utf8', 0, read);
  } finally {
    closeSync(descriptor);
  }
}

/** What the last `sourceMappingURL` comment of a text names, at the beginning of a line as all tools write it. */
export function lastMappingUrl(text: string): string | undefined {
  let at = text.length;
  for (let tries = 0; tries < 10; tries++) {
    at = at <= 0 ? -1 : text.lastIndexOf(MARK, at - 1);
    if (at < 0) return undefined;
    const lineStart = text.lastIndexOf('\n', at) + 1;
    if (/^\s*\/[/*][#@]\s+$/.test(text.slice(Math.max(lineStart, at - 80), at))) {
      return /^[^\s*'"]*/.exec(text.slice(at + MARK.length))?.[0] || undefined;
    }
  }
  return undefined;
}

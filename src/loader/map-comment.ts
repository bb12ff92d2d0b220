import { readFileSync, statSync } from 'node:fs';
import inspector from 'node:inspector';
import { dirname, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { process } from '../base/process.js';
import { lastMappingUrl } from '../tasks/sites/map-file.js';
import { type SourceMap, toSourceMap } from './source-map.js';

const DATA_URL = /^data:application\/json[^,]{0,100}?(;base64)?,/;
/** A larger map is not composed: to parse it alone takes half a second. */
const MAX_MAP_BYTES = 16 * 1024 * 1024;

/** A map that is known of and not parsed. */
export interface InputMap {
  /** Its text, where that lies beside the code and not in it. */
  json: string;
  /** The map with sources as the code's own file would name them. Throws what is wrong with it. */
  parse(): SourceMap;
}

/**
 * The map that the text of a file names, in it or beside it. Undefined where it names none, or one that cannot be had:
 * then Node has no map either.
 */
export function inputMap(text: string, file: string): InputMap | undefined {
  const url = lastMappingUrl(text);
  if (url === undefined) return undefined;
  const data = DATA_URL.exec(url);
  if (data !== null) {
    const body = url.slice(data[0].length);
    const decoded = () => (data[1] ? Buffer.from(body, 'base64').toString() : decodeURIComponent(body));
    return { json: '', parse: () => parse(decoded()) };
  }
  const path = pathOf(url, file);
  if (path === undefined) return undefined;
  const stat = statSync(path, { throwIfNoEntry: false });
  // to open a pipe would wait for ever
  if (!stat?.isFile()) return undefined;
  const json = stat.size > MAX_MAP_BYTES ? undefined : readFileSync(path, 'utf8');
  const whole = () => {
    if (json === undefined) throw new RangeError(`${path} is larger than ${MAX_MAP_BYTES} bytes`);
    return seenFrom(file, path, parse(json));
  };
  return { json: json ?? '', parse: whole };
}

function pathOf(url: string, file: string): string | undefined {
  if (/^[a-z][a-z0-9+.-]+:/i.test(url) && !url.startsWith('file:')) return undefined;
  let path: string;
  try {
    path = url.startsWith('file:') ? fileURLToPath(url) : resolve(dirname(file), decodeURIComponent(url));
  } catch {
    return undefined;
  }
  // a comment in a script must not make Windows call another host
  return path.startsWith('\\\\') && !file.startsWith('\\\\') ? undefined : path;
}

function parse(text: string): SourceMap {
  // some servers put a line before it that keeps JSON from being run as a script
  return toSourceMap(JSON.parse(text.startsWith(")]}'") ? text.slice(text.indexOf('\n')) : text));
}

/** A map in a folder of its own names sources from there: in a comment of the file they need their whole address. */
function seenFrom(file: string, mapFile: string, map: SourceMap): SourceMap {
  if (dirname(mapFile) === dirname(file)) return map;
  const root = map.sourceRoot ? map.sourceRoot.replace(/\/?$/, '/') : '';
  const base = pathToFileURL(mapFile);
  const sources = map.sources.map((source) => (source === null ? null : new URL(root + source, base).href));
  return { ...map, sourceRoot: '', sources };
}

/** The code with its map (JSON) in a comment as its last line. */
export function withMap(code: string, map: string): string {
  const url = `data:application/json;base64,${Buffer.from(map).toString('base64')}`;
  return `${code.replace(/\n?$/, '\n')}//# sourceMappingURL=${url}\n`;
}

/** Whether anybody reads such a comment: stacks with source maps, coverage, a debugger. It is longer than the code. */
export function isMapWanted(): boolean {
  if ((process as { sourceMapsEnabled?: boolean }).sourceMapsEnabled === true) return true;
  return process.env.NODE_V8_COVERAGE !== undefined || inspector.url() !== undefined;
}

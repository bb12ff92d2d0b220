import { readFileSync, statSync } from 'node:fs';
import { BoundedMap } from '../../base/bounded-map.js';
import { asSelf } from '../../base/self.js';
import type { CodeLocation } from '../../types.js';
import type { Site } from './site-table.js';
import { locationOf } from './source-maps.js';

const MAX_SOURCE_BYTES = 512 * 1024;
const SOURCES_KEPT = 20;
/** As far as a call is looked at on either side: lines of minified code are long. */
const NEAR = 80;

const sources = new BoundedMap<string, readonly string[]>(SOURCES_KEPT);
const words = new WeakMap<Site, string>();

/**
 * What the source says is called at a site, as `axios.get` or `limit`; empty where it cannot be read or says no name. A
 * file is read the first time it is asked for, synchronously: not for hooks. Never throws.
 */
export function wordAt(site: Site): string {
  let word = words.get(site);
  if (word === undefined) {
    word = readWord(site);
    words.set(site, word);
  }
  return word;
}

function readWord(site: Site): string {
  const place = locationOf(site);
  if (place === undefined) return '';
  const line = linesOf(place.file)[place.line - 1];
  return line === undefined ? '' : calledIn(line, place.column - 1);
}

/** What the source calls in the `await` at a site, as `once` or `events.once`; empty where it says something else. */
export function calledAfterAwait(site: Site): string {
  const place = locationOf(site);
  if (place === undefined) return '';
  const line = linesOf(place.file)[place.line - 1] ?? '';
  const text = line.slice(place.column - 1, place.column - 1 + NEAR);
  return /^await\s+([\p{L}\p{N}_$.]+)\s*\(/u.exec(text)?.[1] ?? '';
}

/** The text from a place on, so many lines of it; empty where it cannot be read. */
export function textFrom({ file, line, column }: CodeLocation, count: number): string {
  const lines = linesOf(file).slice(line - 1, line - 1 + count);
  return lines.length === 0 ? '' : [lines[0]?.slice(column - 1), ...lines.slice(1)].join('\n');
}

/** The name that begins at `index` of a line and is called there, with what it is a member of. */
export function calledIn(line: string, index: number): string {
  const name = /^#?[\p{L}_$][\p{L}\p{N}_$]*(?=\s{0,4}(?:\(|\?\.\(|`|<))/u.exec(
    line.slice(index, index + NEAR),
  )?.[0];
  if (name === undefined) return '';
  const before = line.slice(Math.max(0, index - NEAR), index);
  const owner = /([\p{L}_$][\p{L}\p{N}_$]*)\??\.$/u.exec(before)?.[1];
  return owner === undefined || owner === 'this' ? name : `${owner}.${name}`;
}

function linesOf(file: string): readonly string[] {
  let lines = sources.get(file);
  if (lines === undefined) {
    lines = asSelf(() => read(file));
    sources.set(file, lines);
  }
  return lines;
}

function read(file: string): readonly string[] {
  try {
    const stat = statSync(file, { throwIfNoEntry: false });
    if (!stat?.isFile() || stat.size > MAX_SOURCE_BYTES) return [];
    return readFileSync(file, 'utf8').split('\n');
  } catch {
    return []; // gone, or not ours to read
  }
}

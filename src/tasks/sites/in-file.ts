/**
 * Places for another thread, which has the files and the maps that they name, and nothing of what this thread alone knows:
 * what a loader made of a file while it loaded, and what we inserted. Fit for the midst of whatever runs: Node's own
 * look-up, by the address of a file, works on objects in memory alone.
 */

import { findSourceMap } from 'node:module';
import { columnInFile } from './inserted.js';
import type { RawFrame } from './raw-frames.js';
import type { Site } from './site-table.js';

interface Place {
  /** From 1, as the column. */
  line: number;
  column: number;
}

/** A loader makes JavaScript of them: the file is its own source, and the map is in memory alone. */
const TRANSFORMED = ['.ts', '.mts', '.cts', '.tsx', '.jsx'];

/** Puts a frame where it stands in its file. Never throws. */
export function placeInFile(frame: RawFrame): void {
  const { file } = frame;
  if (file === null) return;
  const place = placed(file, frame.line, frame.column);
  frame.line = place.line;
  frame.column = place.column;
  if (frame.definitionLine === 0) return;
  const definition = placed(file, frame.definitionLine, frame.definitionColumn);
  frame.definitionLine = definition.line;
  frame.definitionColumn = definition.column;
}

/** A site where it stands in its file. Never throws. */
export function inFile(site: Site): Site {
  if (site.file === null || site.written) return site;
  const copy = { ...site };
  placeInFile(copy as RawFrame);
  return copy;
}

/** A site in a file that a loader made something of, where its author wrote it; any other as it is. Never throws. */
export function asWritten(site: Site): Site {
  const { file, line, column } = site;
  if (file === null || site.written || transformedAt(file, line, column) === undefined) return site;
  return { ...inFile(site), written: true };
}

function placed(file: string, line: number, column: number): Place {
  return transformedAt(file, line, column) ?? { line, column: columnInFile(file, line, column) };
}

/** Where source maps are on, Node keeps those of all modules. */
function transformedAt(file: string, line: number, column: number): Place | undefined {
  if (!isTransformed(file)) return undefined;
  try {
    // of a path Node would make an address first
    const url = file.startsWith('file:') ? file : encodeURI(file) === file ? `file://${file}` : undefined;
    const map = url === undefined ? undefined : findSourceMap(url);
    const entry = map?.findEntry(line - 1, column - 1);
    if (entry === undefined || !('originalLine' in entry)) return undefined;
    return { line: entry.originalLine + 1, column: entry.originalColumn + 1 };
  } catch {
    return undefined;
  }
}

function isTransformed(file: string): boolean {
  const end = file.indexOf('?');
  const path = end < 0 ? file : file.slice(0, end);
  for (let i = 0; i < TRANSFORMED.length; i++) if (path.endsWith(TRANSFORMED[i] as string)) return true;
  return false;
}

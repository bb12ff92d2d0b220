import { BoundedMap } from '../../base/bounded-map.js';
import { CLOSE, OPEN } from '../../compiler/insertions.js';

/** An insertion, or the end of a line as V8 counts them. */
const MARK = new RegExp(`${OPEN}[^${CLOSE}]*${CLOSE}|\\r\\n|[\\n\\r\\u2028\\u2029]`, 'g');
/** Numbers an insertion: its line (from 1), where it begins and ends there (from 0), and what was inserted so far. */
const WIDTH = 4;
const SCRIPTS = 20_000;

const tables = new BoundedMap<string, Int32Array>(SCRIPTS);

/** `code` runs in the place of a script, by the names that V8 may know it by. */
export function rememberInserted(scripts: readonly string[], code: string): void {
  const table: number[] = [];
  let [line, lineStart, inserted] = [1, 0, 0];
  for (const { 0: mark, index } of code.matchAll(MARK)) {
    if (mark.startsWith(OPEN)) {
      inserted += mark.length;
      table.push(line, index - lineStart, index - lineStart + mark.length, inserted);
    } else {
      line++;
      lineStart = index + mark.length;
      inserted = 0;
    }
  }
  const numbers = Int32Array.from(table);
  for (const script of scripts) tables.set(script, numbers);
}

export function forgetInserted(scripts: readonly string[]): void {
  for (const script of scripts) tables.delete(script);
}

/**
 * The column (from 1) that a place of a running script has in its file, which is what a source map in the file speaks
 * of. Fit for the midst of whatever runs: it calls nothing of Node's.
 */
export function columnInFile(script: string, line: number, column: number): number {
  const table = tables.get(script);
  if (table === undefined) return column;
  const at = lastBefore(table, line, column - 1);
  if (at < 0) return column;
  const [start, end, inserted] = [table[at + 1], table[at + 2], table[at + 3]] as [number, number, number];
  return column - 1 < end ? start - (inserted - (end - start)) + 1 : column - inserted;
}

/** The last insertion at or before a place on its line; -1 where there is none. */
function lastBefore(table: Int32Array, line: number, column: number): number {
  let low = 0;
  let high = table.length / WIDTH;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const ofLine = table[middle * WIDTH] as number;
    const isBefore = ofLine < line || (ofLine === line && (table[middle * WIDTH + 1] as number) <= column);
    if (isBefore) low = middle + 1;
    else high = middle;
  }
  const at = (low - 1) * WIDTH;
  return at >= 0 && table[at] === line ? at : -1;
}

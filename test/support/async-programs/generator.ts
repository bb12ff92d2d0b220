/** Random async programs. */
import type { Place } from './expressions.js';
import { asyncFunction } from './functions.js';
import { type AsyncProgram, type Piece, piece } from './piece.js';
import { statements } from './statements.js';
import { Words } from './words.js';

/** The same seed, the same program. It ends: functions call only earlier ones, and loops are short. */
export function asyncProgram(seed: number): AsyncProgram {
  const w = new Words(seed);
  const format = w.chance(0.5) ? 'module' : 'commonjs';
  const strict = format === 'module' || w.chance(0.3);
  const pieces: Piece[] = [];
  if (format === 'commonjs' && strict) pieces.push(piece(w.pick(['"use strict";', "'use strict'"])));
  const place: Place = {
    awaits: true,
    yields: false,
    method: false,
    own: true,
    strict,
    callable: 0,
    depth: 0,
    loop: false,
  };
  const functions = 1 + w.below(5);
  for (let n = 0; n < functions; n++) pieces.push(asyncFunction(w, `f${n}`, { ...place, callable: n }));
  const main = { ...place, callable: functions };
  pieces.push(
    piece(
      `done((async${w.tight()}function${w.gap()}main() {${w.gap()}var x = 0, box = {}; function hoisted() {} `,
      [...callsOf(w, functions), ...statements(w, main, 6)],
      '\n})());',
    ),
  );
  if (format === 'module') {
    pieces.push(
      piece(`var x = 0, box = {}, hoisted = () => 'top';`),
      piece(`try { log('top', await later(2, ${w.next()})) } catch (e) { caught(e) }`),
      piece(`for await (const v of each(2)) log('top', v);`),
    );
  }
  return { format, pieces };
}

/** Every function is called once at least, so that what it does is seen. */
function callsOf(w: Words, functions: number): Piece[] {
  return Array.from({ length: functions }, (_, n) =>
    piece(`try { log('f${n}', await${w.gap()}f${n}(${w.next()})) } catch (e) { caught(e) }`),
  );
}

/** Random functions of every kind, named `f0`, `f1` and so on. */
import { expression, type Place } from './expressions.js';
import { type Piece, piece } from './piece.js';
import { statements } from './statements.js';
import type { Words } from './words.js';

type Form = (w: Words, name: string, place: Place) => Piece;

const LOCALS = 'var x = 0, box = { v: null, k: 1 };';
const HOISTED = "function hoisted() { return 'hoisted' }";

function body(w: Words, name: string, place: Place, directive = ''): Piece[] {
  const nested = w.chance(0.4) ? HOISTED : "var hoisted = () => 'var';";
  return [piece(`${directive}enter('${name}'); ${LOCALS} ${nested}`), ...statements(w, place, 5)];
}

const FUNCTIONS: readonly Form[] = [
  (w, f, p) =>
    piece(`async${w.tight()}function${w.gap()}${f}(p = 1, ...q) {${w.gap()}`, body(w, f, p), '\n}'),
  (w, f, p) => piece(`async function ${f}(p) {`, body(w, f, p), '}'),
  (w, f, p) =>
    piece(`const ${f} = async${w.tight()}function${w.gap()}(p, { d = 2, ...e } = {}) {`, body(w, f, p), '};'),
  (w, f, p) =>
    piece(`var ${f} = async${w.tight()}(p)${w.tight()}=>${w.gap()}{${w.gap()}`, body(w, f, arrow(p)), '};'),
  (w, f, p) => piece(`let ${f} = async${w.tight()}p${w.tight()}=>${w.gap()}{`, body(w, f, arrow(p)), '};'),
  (w, f, p) => piece(`const ${f} = async () =>${w.gap()}${brief(w, p)};`),
  (w, f, p) => piece(`const ${f} = async (p = async () => ${brief(w, p)}) => (${brief(w, p)}, p());`),
  (w, f, p) => piece(`const ${f} = { async${w.tight()}['m' + 1](p, q = this) {`, body(w, f, p), '} }.m1;'),
  (w, f, p) =>
    piece(
      `const ${f} = (() => { class A { value() { return ${w.next()} } } class B extends A { #secret = ${w.next()}; async${w.tight()}m(p) {`,
      body(w, f, { ...p, method: true, strict: true }),
      '} } const b = new B(); return (...q) => b.m(...q) })();',
    ),
  (w, f, p) =>
    piece(
      `const ${f} = (() => { class B { static value() { return 5 } } class C extends B { static #secret = ${w.next()}; static async #m(p) {`,
      body(w, f, { ...p, method: true, strict: true }),
      '} static go(...q) { return C.#m(...q) } } return C.go })();',
    ),
  (w, f, p) =>
    piece(
      `const ${f} = (p) => drain((async${w.tight()}function${w.gap()}*${w.gap()}(p) {`,
      body(w, f, { ...p, yields: true }),
      '})(p));',
    ),
  (w, f, p) =>
    piece(
      `const ${f} = (p) => drain({ async${w.tight()}*gen(q = p) {`,
      body(w, f, { ...p, yields: true }),
      '} }.gen());',
    ),
  (w, f, p) =>
    piece(
      `async function ${f}(p) {`,
      body(w, f, { ...p, strict: true }, w.pick(["'use strict';", '"use strict"\n', "'a';'use strict';"])),
      '}',
    ),
  (w, f, p) => piece(`function ${f}(p) { return (async () => {`, body(w, f, p), '}).call(this) }'),
];

/** A simple list of parameters, for those functions that say `use strict` themselves or have names twice. */
const SLOPPY: readonly Form[] = [
  (w, f, p) =>
    piece(
      `async function ${f}(p, p) {`,
      body(w, f, p),
      `\narguments[0] = ${w.next()}; log(${w.next()}, p) }`,
    ),
  (w, f, p) =>
    piece(
      `async function ${f}(p) { with ({ x: 7 }) {`,
      statements(w, p, 3),
      '}\nvar x, box = {}, hoisted = () => 1 }',
    ),
  (w, f, p) =>
    piece(
      `async function ${f}(p) { ${LOCALS} ${HOISTED} eval('var fromEval = ' + (${expression(w, p)} ? 1 : 2)); log(${w.next()}, fromEval);`,
      statements(w, p, 3),
      '}',
    ),
  (w, f, p) =>
    piece(
      `async function ${f}(p) { ${LOCALS} { function hoisted() { return 'annex B' } } await later(1); `,
      statements(w, p, 3),
      '}',
    ),
  (_w, f) => piece(`function ${f}(await) { var yield_ = await; return later(1, await) }`),
];

export function asyncFunction(w: Words, name: string, place: Place): Piece {
  const forms = !place.strict && w.chance(0.25) ? SLOPPY : FUNCTIONS;
  return w.pick(forms)(w, name, place);
}

function brief(w: Words, place: Place): string {
  return `log(${w.next()}, ${expression(w, arrow({ ...place, depth: 2 }))})`;
}

/** An arrow function has neither `this` nor `new.target` nor `arguments` of its own. */
function arrow(place: Place): Place {
  return { ...place, method: false, own: false };
}

/** Random statements of an async function's body. */
import { awaited, expression, type Place } from './expressions.js';
import { type Piece, piece } from './piece.js';
import type { Words } from './words.js';

type Form = (w: Words, place: Place) => Piece;

const block = (w: Words, place: Place): Piece[] => statements(w, { ...place, depth: place.depth + 1 }, 2);

const SIMPLE: readonly Form[] = [
  (w, p) => piece(`log(${w.next()}, ${expression(w, p)})${w.end()}`),
  (w, p) => piece(`log(${w.next()}, ${expression(w, p)})${w.end()}`),
  (w, p) => piece(`x = ${expression(w, p)}${w.end()}`),
  (w, p) => piece(`await${w.gap()}${awaited(w, p)}${w.end()}`),
  (w, p) => piece(`await${w.gap()}${awaited(w, p)}${w.end()}`),
  (w, p) => piece(`var ${w.name()} = ${expression(w, p)}, y = ${w.next()}${w.end()}`),
  (w, p) =>
    piece(`{ const { a = ${expression(w, p)}, ...rest } = box; log(${w.next()}, a, Object.keys(rest)) }`),
  (w, p) => piece(`{ let [q, r = ${expression(w, p)}] = [${expression(w, p)}]; log(${w.next()}, q, r) }`),
  (w) => piece(`log(${w.next()}, hoisted())${w.end()}`),
  (w) => piece(`;[1].forEach((v) => log(${w.next()}, v))${w.end()}`),
  (w, p) => piece(`;(${expression(w, p)})${w.end()}`),
  (w, p) => piece(`x = ${expression(w, p)}, ${expression(w, p)}${w.end()}`),
  (w, p) => piece(`if (${expression(w, p)}, ${expression(w, p)}) log(${w.next()})${w.end()}`),
  (w, p) =>
    piece(
      `switch (${expression(w, p)}) { case ${expression(w, p)}: log(${w.next()}); default: log(${w.next()}); }`,
    ),
  (w, p) =>
    piece(`log(${w.next()}, typeof this${p.own ? ', typeof arguments, new.target === undefined' : ''});`),
  (w, p) => piece(`if (x === ${w.next()}) return ${expression(w, p)}${w.end()}`),
  (w, p) =>
    piece(
      `void (async${w.tight()}() => { enter(${w.next()}); try { ${wait(w, p)} } catch (e) { caught(e) } })();`,
    ),
];

/** A loop with a counter of its own: one that an inner loop sets back would never end. */
const counted = (w: Words, parts: (counter: string) => Piece['parts']) => {
  const counter = `n${w.next()}`;
  return piece(`var ${counter} = 0; `, ...parts(counter));
};
const labelled = (w: Words, parts: (label: string) => Piece['parts']) => piece(...parts(`label${w.next()}`));
const wait = (w: Words, p: Place) => `await${w.gap()}${awaited(w, p)}`;

const ENDING: readonly Form[] = [
  (w, p) => piece(`return${w.tight()}${expression(w, p)}, ${expression(w, p)}${w.end()}`),
  (w, p) => piece(`throw${w.tight()}${expression(w, p)}, new Error('s' + ${w.next()})${w.end()}`),
  (w, p) => piece(`return${w.tight()}${expression(w, p)}${w.end()}`),
  (w, p) => piece(`throw${w.tight()}new Error('t' + ${expression(w, p)})${w.end()}`),
  (w) => piece(`return${w.end()}`),
];

const NESTED: readonly Form[] = [
  (w, p) => piece('try { ', block(w, p), ' } catch (e) { caught(e); ', block(w, p), ' }'),
  (w, p) =>
    piece('try { ', block(w, p), ` } finally { log(${w.next()}); `, block(w, { ...p, loop: false }), ' }'),
  (w, p) =>
    piece(`try {${w.gap()}`, block(w, p), '\n} catch {', block(w, p), '} finally {', block(w, p), '}'),
  (w, p) => piece(`if (${expression(w, p)}) {`, block(w, p), '} else {', block(w, p), '}'),
  (w, p) => piece(`if (${expression(w, p)}) log(${w.next()})\nelse ${wait(w, p)}${w.end()}`),
  (w, p) => piece('for (let i = 0; i < 2; i++) {', block(w, { ...p, loop: true }), '}'),
  (w, p) =>
    piece(
      `for (let i = ${wait(w, { ...p, callable: 0 })}, m = 0; m < 2; m++, ${wait(w, p)}) {`,
      block(w, { ...p, loop: true }),
      '}',
    ),
  (w, p) =>
    piece(`for (const v of [${expression(w, p)}, ${w.next()}]) {`, block(w, { ...p, loop: true }), '}'),
  (w, p) => piece(`for (const k in await box) {`, block(w, { ...p, loop: true }), '}'),
  (w, p) =>
    piece(
      `for${w.gap()}await${w.gap()}(const v of each(${w.below(3)})) {${w.gap()}`,
      block(w, { ...p, loop: true }),
      '}',
    ),
  (w) =>
    piece(
      `for${w.gap()}await${w.gap()}(x of [later(1, ${w.next()}), ${w.next()}])${w.gap()}log(await later(0, x))${w.end()}`,
    ),
  (w, p) =>
    counted(w, (n) => [`while (${n}++ < 2 && (${expression(w, p)})) {`, block(w, { ...p, loop: true }), '}']),
  (w, p) =>
    counted(w, (n) => ['do {', block(w, { ...p, loop: true }), `} while (${n}++ < 1 && (${wait(w, p)}))`]),
  (w, p) =>
    labelled(w, (outer) => [
      `${outer}: for (const u of [1, 2]) { for (const v of [1, 2]) { if (v === 2) ${w.pick(['continue', 'break'])} ${outer}; `,
      block(w, p),
      `\nlog(${w.next()}, u, v, ${wait(w, p)}) } }`,
    ]),
  (w, p) =>
    labelled(w, (label) => [
      `${label}: { log(${w.next()}, ${expression(w, p)}); if (x) break ${label}; `,
      block(w, p),
      ' }',
    ]),
];

const LOOPING: readonly Form[] = [
  (w) => piece(`if (${w.chance(0.5) ? 'await later(1, 1)' : 'x'}) continue${w.end()}`),
  (w) => piece(`if (await later(${w.below(2)}, ${w.below(2)})) break${w.end()}`),
];

const YIELDING: readonly Form[] = [
  (w, p) => piece(`yield${w.tight()}${expression(w, p)}${w.end()}`),
  (w) => piece(`yield* each(${w.below(3)})${w.end()}`),
  (w) => piece(`log(${w.next()}, yield)${w.end()}`),
];

export function statements(w: Words, place: Place, most: number): Piece[] {
  const made: Piece[] = [];
  const count = 1 + w.below(most);
  for (let i = 0; i < count; i++) made.push(statement(w, place));
  if (place.depth > 0 && w.chance(0.12)) made.push(w.pick(ENDING)(w, place));
  return made;
}

function statement(w: Words, place: Place): Piece {
  if (place.yields && w.chance(0.3)) return w.pick(YIELDING)(w, place);
  if (place.loop && w.chance(0.15)) return w.pick(LOOPING)(w, place);
  if (place.depth < 2 && w.chance(0.4)) return w.pick(NESTED)(w, place);
  return w.pick(SIMPLE)(w, place);
}

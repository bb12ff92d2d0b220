/** Random expressions, most of them with an `await` in a place where evaluation order shows. */
import type { Words } from './words.js';

/** What may be written at a place of the program. */
export interface Place {
  awaits: boolean;
  yields: boolean;
  /** Whether `this`, `super.value()` and private names are those of a class. */
  method: boolean;
  /** Whether it has `this`, `arguments` and `new.target` of its own. */
  own: boolean;
  strict: boolean;
  /** Functions that may be called: only earlier ones, so that programs end. */
  callable: number;
  depth: number;
  loop: boolean;
}

type Form = (words: Words, place: Place) => string;

const value: Form = (w) =>
  w.pick(['1', "'s'", 'null', '[1, 2]', '{ k: 3 }'].map((v) => (v[0] === '{' ? `(${v})` : v)));

/** Something to wait for: native, foreign, or not a promise at all. */
const AWAITED: readonly Form[] = [
  (w) => `later(${w.below(4)}, ${w.next()})`,
  (w) => `later(${w.below(3)}, ${w.next()})`,
  (w) => `fail(${w.below(3)}, 'e${w.next()}')`,
  (w) => `thenable(${w.next()})`,
  (w, p) => call(w, p),
  (w, p) => call(w, p),
  (w) => `${w.next()}`,
  (w) => `Promise.all([later(1, ${w.next()}), ${w.next()}, later(0, 2)])`,
  (w) => `Promise.race([later(2, ${w.next()}), later(1, ${w.next()})])`,
  (w) => `Promise.allSettled([fail(1, 'x'), later(0, ${w.next()})])`,
  (w) => `Promise.resolve(${w.next()}).then((v) => v + 1)`,
  (w, p) =>
    `(async${w.tight()}() => {${w.gap()}enter(${w.next()});${w.gap()}return await ${awaited(w, deeper(p))} })()`,
  (w) => `/re${w.next()}/.source`,
  (w) => `\`t\${${w.next()}}\``,
  (w) => `-${w.next()}`,
  (w) => `+${w.next()}`,
  () => '[1, 2, 3]',
  () => 'class C {}.name',
  () => 'function n() {}.name',
  () => 'async function n() {}.name',
  (_, p) => (p.method ? 'this.#secret' : 'typeof this'),
  (_, p) => (p.method ? 'super.value()' : 'new Date(0).getTime()'),
  (w) => `new (class { then(r) { log(${w.next()}); r('made') } })`,
];

export function awaited(w: Words, place: Place): string {
  return place.depth > 3 ? `later(1, ${w.next()})` : w.pick(AWAITED)(w, deeper(place));
}

const wait: Form = (w, p) => `await${w.gap()}${awaited(w, p)}`;

/** Expressions around an `await`. */
const AWAITING: readonly Form[] = [
  wait,
  wait,
  (w, p) => `(${wait(w, p)})`,
  (w, p) => `await${w.gap()}${wait(w, p)}`,
  (w, p) => `!${wait(w, p)}`,
  (w, p) => `typeof${w.gap()}${wait(w, p)}`,
  (w, p) => `-${wait(w, p)}`,
  (w, p) => `void ${wait(w, p)}`,
  (w, p) => `(${wait(w, p)})?.toString()`,
  (w, p) => `(${wait(w, p)}) ** 2`,
  (w, p) => `[${value(w, p)}, ${wait(w, p)}, ...[${wait(w, p)}]]`,
  (w, p) => `({ a: ${wait(w, p)}, [${wait(w, p)}]: ${w.next()} })`,
  (w, p) => `\`\${${wait(w, p)}}-\${${wait(w, p)}}\``,
  (w, p) => `${wait(w, p)} ? ${w.next()} : ${wait(w, p)}`,
  (w, p) => `${wait(w, p)} || ${wait(w, p)}`,
  (w, p) => `null ?? ${wait(w, p)}`,
  (w, p) => `(${wait(w, p)}, ${wait(w, p)})`,
  (w, p) => `${wait(w, p)} + ${w.next()} + ${wait(w, p)}`,
  (w, p) => `(x += ${wait(w, p)})`,
  (w, p) => `(box.v ??= ${wait(w, p)})`,
  (w, p) => `(box[log(${w.next()})] = ${wait(w, p)})`,
  (w, p) => `pass(log(${w.next()}), ${wait(w, p)}, ...[${wait(w, p)}])`,
  (w, p) => `tag\`a\${${wait(w, p)}}b\``,
  (w, p) => `new (class { v = ${w.next()}; [${wait(w, p)}]() {} })().v`,
  (w, p) =>
    `(await${w.gap()}(async${w.tight()}function${w.gap()}${w.name()}(p = ${w.next()}) { return ${wait(w, { ...p, method: false })} + p + arguments.length })(...[]))`,
  (w, p) => `${wait(w, p)} in box`,
];

const PLAIN: readonly Form[] = [
  value,
  (w) => `log(${w.next()})`,
  (w, p) => call(w, p),
  (w) => `tag\`\${${w.next()}}\``,
  (w, p) => `(async () => { enter(${w.next()}); return ${wait(w, p)} })()`,
  () => 'store()',
];

/** `call` starts a function and waits for nothing. */
export function call(w: Words, place: Place): string {
  if (place.callable === 0) return `later(0, ${w.next()})`;
  const n = w.below(place.callable);
  const argument = w.chance(0.5) ? '' : `${w.next()}`;
  return w.pick([
    `f${n}(${argument})`,
    `f${n}(${argument})`,
    `f${n}${w.gap()}.call({ t: ${w.next()} }, ${argument || 1})`,
    `run(${w.next()}, () => f${n}(${argument}))`,
    `f${n}(...[${argument}])`,
  ]);
}

export function expression(w: Words, place: Place): string {
  if (place.yields && w.chance(0.25))
    return `(yield${w.tight()}${w.chance(0.5) ? wait(w, place) : w.next()})`;
  return w.pick(place.awaits && w.chance(0.8) ? AWAITING : PLAIN)(w, deeper(place));
}

function deeper(place: Place): Place {
  return { ...place, depth: place.depth + 1 };
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CompileInput, compile } from '../../../src/compiler/compile.js';

/** The compiled text with each insertion in ‹ ›, short names, and without what a module starts with. */
function shown(source: string, input: Partial<CompileInput> = {}): string {
  const result = compile({ source, file: '/app/a.js', format: 'module', language: 'js', ...input });
  if ('unchanged' in result) return `unchanged: ${result.unchanged}`;
  assert.equal(result.code.replace(/\v[^\f]*\f/g, ''), source, 'nothing but insertions');
  assert.equal(result.code.split('\n').length, source.split('\n').length, 'no line more');
  return result.code
    .replace(/\v;?var \$oa\$b=0[^\f]*\f/, '')
    .replaceAll('\v', '‹')
    .replaceAll('\f', '›')
    .replaceAll(/\$oa\$([bd])\+/g, '$1')
    .replaceAll('$oa$', '');
}

const PAIRS: readonly [what: string, source: string, expected: string, input?: Partial<CompileInput>][] = [
  [
    'a declaration',
    'async function f() { await p }',
    'async function f() {‹const t=e(d0);try{› ‹r(t,›await‹a(t,b0,› p‹))› ‹;v(t)}finally{x(t)}›}',
  ],
  [
    'an arrow that is an expression, on a line of its own',
    'const f = async (x) => // why\n  ({ x })',
    'const f = async (x) =>‹{const t=e(d0);try{return v(t,b0,› // why\n  ({ x })‹)}finally{x(t)}}›',
  ],
  [
    'directives stay the first',
    '"use strict"\nasync function f() { "use foo"; "use strict" }',
    '"use strict"\nasync function f() { "use foo"; "use strict"‹;const t=e(d0);try{› ‹;v(t)}finally{x(t)}›}',
    { format: 'commonjs' },
  ],
  [
    'returns',
    'async () => { if (a) return; return (b) }',
    'async () => {‹const t=e(d0);try{› if (a) ‹{v(t);›return;‹}› return‹ v(t,b0,› (b)‹,1)› ‹}finally{x(t)}›}',
  ],
  [
    'of a sequence the last is returned',
    'async () => { return a, b }',
    'async () => {‹const t=e(d0);try{› return‹ v(t,b0,(› a, b‹),1)› ‹}finally{x(t)}›}',
  ],
  [
    'what no call has made may be the promise of the call itself',
    'async () => { if (a) return p ??= f(); if (b) return f().q; return c ? g() : q }; async () => (await 0, o.p)',
    'async () => {‹const t=e(d0);try{› if (a) return‹ v(t,b0,› p ??= ‹(m(t,b1),›f()‹)›‹,1)›; if (b) return‹ v(t,b2,› ‹(m(t,b3),›f().q‹)›‹,1)›; return‹ v(t,b4,› c ? ‹(m(t,b5),›g()‹)› : q‹,1)› ‹}finally{x(t)}›}; async () =>‹{const t=e(d1);try{return v(t,b6,› (‹r(t,›await‹a(t,b7,› 0‹))›, o.p)‹,1)}finally{x(t)}}›',
  ],
  [
    'what is called and what waits for it',
    'async () => { await f(1) }',
    'async () => {‹const t=e(d0);try{› ‹r(t,›await‹a(t,b0,› ‹(m(t,b1),›f(1)‹)›‹))› ‹;v(t)}finally{x(t)}›}',
  ],
  [
    'a statement that is a call gets no parenthesis, which could call the line before',
    'const g = () => {\n  let a = b\n  f()\n}',
    'const g = () => {\n  let a = b\n  ‹s.c=b0,›f()\n}',
  ],
  [
    'what is taken apart is shown in messages: the mark is a declaration of its own',
    'async () => { const { a } = await f(), [b] = g() }',
    'async () => {‹const t=e(d0);try{› const { a } = await‹a(t,b0,› ‹(m(t,b1),›f()‹)›‹)›‹,u0=c(t)›, ‹u1=m(t,b2),›[b] = g() ‹;v(t)}finally{x(t)}›}',
  ],
  [
    'what is called is shown in messages',
    'async () => { (await f).g(x); (await f)() }',
    'async () => {‹const t=e(d0);try{› ‹m(t,b0),›(await‹a(t,b1,› f‹)›).g(‹(c(t),›x‹)›); ‹m(t,b2),›(await‹a(t,b3,› f‹)›)(‹...z(t)›) ‹;v(t)}finally{x(t)}›}',
  ],
  [
    'nothing stands before a spread: the next call tells that the function goes on',
    'async () => { (await f)(...a).b(c) }',
    'async () => {‹const t=e(d0);try{› ‹m(t,b0),›(await‹a(t,b1,› f‹)›)(...a).b(‹(c(t),›c‹)›) ‹;v(t)}finally{x(t)}›}',
  ],
  [
    'one mark stands before a chain',
    'const g = () => a.b(1)?.c.d(2)',
    'const g = () => ‹(s.c=b0,›a.b(1)?.c.d(2)‹)›',
  ],
  [
    'for await, with a label and without a block',
    'async () => { l: for await (const x of xs) if (x) continue l }',
    'async () => {‹const t=e(d0);try{› ‹{f(t,b0);›l: for await (const x of xs) ‹{c(t);try{›if (x) continue l‹}finally{f(t,b0)}}›‹c(t);}› ‹;v(t)}finally{x(t)}›}',
  ],
  [
    'a generator',
    'async function* g() { const x = yield 1; yield* h(2); return 3 }',
    'async function* g() {‹const t=e(d0);try{› const x = ‹r(t,›yield‹ y(t,b0,› 1‹))›; ‹r(t,(f(t,b1),›yield* h(‹(n(t,b2),›2‹)›)‹))›; return‹ w(t,b3,› 3‹)› ‹}finally{x(t)}›}',
  ],
  [
    'a rejected await goes on in the catch block',
    'async () => { try { await p } catch { a } finally { b } }',
    'async () => {‹const t=e(d0);try{› try { ‹r(t,›await‹a(t,b0,› p‹))› } catch {‹c(t);› a } finally {‹c(t);› b } ‹;v(t)}finally{x(t)}›}',
  ],
  [
    'await using waits where its block is left',
    'async () => { { await using a = b\n c } }',
    'async () => {‹const t=e(d0);try{› { await using a = b‹;try{›\n c ‹}finally{f(t,b0)}›} ‹;v(t)}finally{x(t)}›}',
  ],
  [
    'members of classes',
    'class A { async #m() {} static async *[k()]() {} f = async () => {}; static { g() } }',
    'class A { async #m() {‹const t=e(d0);try{›‹;v(t)}finally{x(t)}›} static async *[k()]() {‹const t=e(d1);try{›‹;v(t)}finally{x(t)}›} f = async () => {‹const t=e(d2);try{›‹;v(t)}finally{x(t)}›}; static { ‹s.c=b0,›g() } }',
  ],
  [
    'heads of classes that util.inspect reads',
    'const f = () => [class extends b`c` {}, class extends new B {}, class extends (b`c`) {}, class extends b(c) {}]',
    'const f = () => [class extends b`c` {}, class extends new B {}, class extends (‹(s.c=b0,›b`c`‹)›) {}, class extends ‹(s.c=b1,›b(c)‹)› {}]',
  ],
  [
    'default parameters run before the body',
    'async function f(a = g()) {}',
    'async function f(a = ‹(s.c=b0,›g()‹)›) {‹const t=e(d0);try{›‹;v(t)}finally{x(t)}›}',
  ],
  [
    'what Node’s lexer reads token by token is left alone',
    'async () => {}; Object.keys(d).forEach(function (k) { if (f(k)) return; exports[k] = d[k] })',
    'async () => {‹const t=e(d0);try{›‹;v(t)}finally{x(t)}›}; Object.keys(d).forEach(function (k) { if (f(k)) return; exports[k] = d[k] })',
    { format: 'commonjs' },
  ],
  [
    'hasOwnProperty calls nobody back',
    'const g = () => a.hasOwnProperty(b) && Object.prototype.hasOwnProperty.call(a, c())',
    'const g = () => a.hasOwnProperty(b) && Object.prototype.hasOwnProperty.call(a, ‹(s.c=b0,›c()‹)›)',
  ],
  [
    'types',
    'async function f<T>(x: T): Promise<T> { return (await g<T>(x)) as T }',
    'async function f<T>(x: T): Promise<T> {‹const t=e(d0);try{› return‹ v(t,b0,› (‹r(t,›await‹a(t,b1,› ‹(m(t,b2),›g<T>(x)‹)›‹))›) as T‹)› ‹}finally{x(t)}›}',
    { language: 'ts' },
  ],
];

for (const [what, source, expected, input] of PAIRS) {
  test(what, () => assert.equal(shown(source, input), expected));
}

const UNCHANGED: readonly [source: string, reason: RegExp, input?: Partial<CompileInput>][] = [
  ['const a = 1', /^nothing to do$/],
  ['async function (', /SyntaxError/],
  ['async () => { a\v }', /vertical tab/],
  ['const Symbol = 1; async () => {}', /Symbol/],
  ['', /^nothing to do$/],
];

for (const name of ['$oa$a', '\\u0024oa$a', '$\\u{6f}a\\u{00024}a', '$oa\\u0024\\u0061']) {
  test(`other names than ${name}, which is there`, () => {
    const source = `async function f(${name}) { await ${name}() }`;
    const result = compile({ source, file: '/app/a.js', format: 'module', language: 'js' });
    assert.ok('code' in result);
    assert.match(result.code, /await\v\$oa1\$a\(/);
  });
}

for (const [source, reason, input] of UNCHANGED) {
  test(`unchanged: ${JSON.stringify(source)}`, () => {
    const result = compile({ source, file: '/app/a.js', format: 'module', language: 'js', ...input });
    assert.match((result as { unchanged: string }).unchanged, reason);
  });
}

const SKIPPED: readonly [source: string, reason: string][] = [
  ['async function f() { var g; function g() {} }', 'variable named as a function'],
  ['async function f() { function g() {} function g() {} }', 'function declared twice'],
  ['async function f(g) { function g() {} }', 'function named as a parameter'],
  ['async function f() { function g() {} { function g() {} } }', 'function declared in a block, too'],
  ['async function f() { function g() {} eval(x) }', 'eval beside functions'],
  ['async function f() { return class extends a[await b] {} }', 'await in the head of a class'],
  ['async function f() { with (a) b }', 'with'],
  ['with (a) { (async () => {})() }', 'with'],
];

for (const [source, reason] of SKIPPED) {
  test(`left alone: ${source}`, () => {
    const text = `${source}; async () => {}`;
    const result = compile({ source: text, file: '/app/a.js', format: 'script', language: 'js' });
    assert.ok('skipped' in result);
    assert.deepEqual(result.skipped, { [reason]: 1 });
    assert.equal(result.functions, 1);
  });
}

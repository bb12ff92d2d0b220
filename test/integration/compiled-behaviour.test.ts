import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { compile } from '../../src/compiler/compile.js';
import { CompiledTasks, load } from '../support/compiled-program.js';

interface Program {
  main(log: (text: string) => void): Promise<void>;
}

/** What a program says, as it is and compiled, with its tasks tracked. */
async function bothWays(source: string): Promise<[bare: string[], compiled: string[]]> {
  const run = async (program: Program) => {
    const lines: string[] = [];
    await program.main((text) =>
      lines.push(text.replace(/\(?file:\S*program-\d+\.mjs:(\d+):\d+\)?/g, 'line $1')),
    );
    return lines;
  };
  const tasks = new CompiledTasks();
  try {
    return [await run(await load<Program>(source, false)), await run(await load<Program>(source))];
  } finally {
    tasks.stop();
  }
}

test('a returned promise: the same turns, the same stacks, the same end', async () => {
  const [bare, compiled] = await bothWays(`
    async function inner() { await new Promise((r) => setTimeout(r, 2)); await null; throw new Error('boom'); }
    async function mid() { return inner(); }
    async function outer() { return mid(); }
    async function quick() { return Promise.resolve(1); }
    async function twice() { return quick(); }
    async function last() { try { return Promise.resolve(2); } finally { await null; } }
    async function instead() { try { return new Promise(() => {}); } finally { throw new Error('instead'); } }
    export async function main(log) {
      const ticks = (async () => { for (let i = 0; i < 14; i++) { await null; log('tick ' + i); } })();
      for (const f of [twice, quick, last]) f().then(() => log(f.name));
      (async () => Promise.reject(new Error('r')))().catch(() => log('caught'));
      (async () => ({ then(resolve) { log('then'); resolve(); } }))().then(() => log('thenable'));
      await instead().catch((e) => log(e.message));
      await ticks;
      try { await outer(); } catch (e) { log(e.stack.split('\\n').slice(0, 3).join()); }
    }`);
  assert.deepEqual(compiled, bare);
  assert.ok(
    bare.some((line) => /at inner line 2.*at async Module\.main line/.test(line)),
    bare.at(-1),
  );
});

test('a function that returns its own promise is refused', async () => {
  const [bare, compiled] = await bothWays(`
    const own = {}, cases = {
      async late() { await 0; return own.late; },
      arrow: async () => (await 0, own.arrow),
      async either(x) { await 0; return x ?? own.either; },
      async guarded() { try { await 0; return own.guarded; } finally { await 0; } },
      async other() { await 0; const q = cases.made(); await 0; return q; },
      async made() { await 0; await 0; await 0; await 0; throw new Error('made'); },
    };
    export async function main(log) {
      const ticks = (async () => { for (let i = 0; i < 14; i++) { await null; log('tick ' + i); } })();
      for (const name in cases) {
        own[name] = cases[name]();
        own[name].catch((e) => log(name + ': ' + e.stack.split('\\n').slice(0, 3).join()));
      }
      await ticks;
    }`);
  assert.deepEqual(compiled, bare);
  assert.equal(bare.filter((line) => line.includes('Chaining cycle')).length, 4);
});

test('a returned promise that is made another on the way out is asked as it is then', async () => {
  const [bare, compiled] = await bothWays(`
    const changed = (change) => async () => { const p = Promise.resolve('plain'); try { return p; } finally { change(p); } };
    const cases = {
      own: changed((p) => { p.then = (r) => r('own then'); }),
      waited: async () => { const p = Promise.resolve('plain'); try { return p; } finally { await 0; p.then = (r) => r('later'); } },
      value: changed((p) => { p.then = 1; }),
      throws: changed((p) => Object.defineProperty(p, 'then', { get() { throw new Error('get'); } })),
      thrower: changed((p) => { p.then = () => { throw new Error('then'); }; }),
      prototype: changed((p) => Object.setPrototypeOf(p, { then(r, j) { j(new Error('prototype' + r.length)); } })),
      after: async () => { const p = Promise.resolve('plain'); queueMicrotask(() => { p.then = (r) => r('too late'); }); return p; },
    };
    export async function main(log) {
      for (const name in cases) {
        await cases[name]().then((v) => log(name + ' ' + (v?.then ?? v)), (e) => log(name + ' ' + e.message));
      }
    }`);
  assert.deepEqual(compiled, bare);
  assert.equal(bare[0], 'own own then');
});

const SPREADS = `
  export async function main(log) {
    const { prototype } = Array, own = prototype[Symbol.iterator], iterator = Object.getPrototypeOf([][Symbol.iterator]()), { next } = iterator;
    const said = [], say = (text) => void (said[said.length] = text);
    const o = { foo() { return arguments.length } };
    const call = async (o) => { (await o).foo(); return (await o).foo() };
    // from one place, which is looked for the first time only
    for (let turn = 0; turn < 3; turn++) {
      if (turn === 1) {
        prototype[Symbol.iterator] = function () { say('iterated'); return own.call(this) };
        iterator.next = function () { say('next'); return next.call(this) };
      }
      if (turn === 2) delete prototype[Symbol.iterator];
      say(await call(o).catch((e) => e.message));
    }
    iterator.next = next;
    Object.defineProperty(prototype, Symbol.iterator, { value: own, configurable: true, writable: true });
    log(said.join());
  }`;

test('what is inserted where nothing is passed runs nothing of the program', async () => {
  const [bare, compiled] = await bothWays(SPREADS);
  assert.deepEqual(compiled, bare);
});

const VALUES = [
  'f()',
  'f(1)',
  'v',
  'null',
  'o.p',
  'o.m()',
  '{}',
  '(1 ? v : 2)',
  'await f()',
  'await v',
  'await o',
  'await f(1)',
];
const USES: readonly ((value: string) => string)[] = [
  (x) => `(${x})()`,
  (x) => `(${x}).y()`,
  (x) => `(${x}).y(1, ...[2])`,
  (x) => `(${x})(...[1])`,
  (x) => `(${x}).y(...[1], 2)`,
  (x) => `new (${x}).Q(...[1])`,
  (x) => `(${x}).y(...[1]).z(1)`,
  (x) => `(${x})?.y.z()`,
  (x) => `const { a } = ${x}`,
  (x) => `const [a] = ${x}`,
  (x) => `const q = 1, { a: { b } } = ${x}`,
  (x) => `let a; [a] = ${x}`,
  (x) => `let a; ({ a } = ${x})`,
  (x) => `for (const q of ${x});`,
  (x) => `for await (const q of ${x});`,
  (x) => `[...${x}]`,
  (x) => `F(...${x})`,
  (x) => `new (${x})()`,
  (x) => `(${x})\`t\``,
  (x) => `(q || ${x}).y()`,
  (x) => `o[${x}].y()`,
  (x) => `(${x}).y.z`,
  (x) => `1 in (${x})`,
  (x) => `1 instanceof (${x})`,
  (x) => `class A extends (${x}) {}`,
  (x) => `(({ a }) => a)(${x})`,
  (x) => `throw ${x}`,
];

test('messages that show the text of an expression show the same text', async () => {
  const cases = USES.flatMap((use) => VALUES.map((value) => use(value)));
  const bodies = cases.map((body) => `async () => { ${body} }`).join(',\n');
  const [bare, compiled] = await bothWays(`
    const f = () => null, F = () => 1, v = undefined, q = 0, o = { p: undefined, m() {} };
    const cases = [${bodies}];
    export async function main(log) {
      for (const run of cases) await run().then(() => log('fine'), (e) => log(String(e?.message)));
    }`);
  assert.equal(bare.length, cases.length);
  assert.deepEqual(
    cases.flatMap((body, i) =>
      bare[i] === compiled[i] ? [] : [{ body, bare: bare[i], compiled: compiled[i] }],
    ),
    [],
  );
});

test('functions look as they were written', async () => {
  const [bare, compiled] = await bothWays(`
    async function f(a, b = g(), ...c) { await a; /* why */ return b; }
    const g = async (x) => x, o = { async m() { await g(); }, async *['n' + 1](x) { yield x; } };
    class A { static async #p() {} static p() { return A.#p; } async q(x) { return f(x); } s = (y) => f(y) }
    export async function main(log) {
      for (const x of [f, g, o.m, o.n1, A, A.p(), A.prototype.q, new A().s, Function.prototype.toString]) {
        log([x.name, x.length, x.toString(), \`\${x}\`, Function.prototype.toString.call(x)].join('\\n'));
        log(Object.getOwnPropertyNames(x).join() + Object.getPrototypeOf(x).constructor.name);
      }
      try { Function.prototype.toString.call({}); } catch (e) { log(e.message); }
    }`);
  assert.deepEqual(compiled, bare);
});

test('without a runtime compiled modules do the same, also before they have run', () => {
  const folder = mkdtempSync(join(tmpdir(), 'compiled-alone-'));
  const write = (name: string, source: string) => {
    const result = compile({ source, file: name, format: 'module', language: 'js' });
    assert.ok('code' in result);
    writeFileSync(join(folder, name), result.code);
  };
  write(
    'a.mjs',
    `import './b.mjs';\nexport async function early(x) { await g(x); return h(x); }\nfunction h(x) { return String(g) + x; }\nfunction g(x) { return x; }`,
  );
  write(
    'b.mjs',
    `import { early } from './a.mjs';\nconst p = early(1);\nasync function show() { console.log((await p).length > 3, await early(2).then(() => 'ok')); }\nshow();`,
  );
  write('c.mjs', `${SPREADS}\nawait main(console.log);`);
  try {
    const run = (name: string) => execFileSync(process.execPath, [name], { cwd: folder, encoding: 'utf8' });
    assert.equal(run('a.mjs'), 'true ok\n');
    assert.equal(run('c.mjs'), '0,0,0\n');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

/** Beside the loaders that people use: the program's output is the same in either order, what cannot be compiled is said. */
import assert from 'node:assert/strict';
import test, { after } from 'node:test';
import { CompiledApplication, cannotCompile } from '../../support/compiled-run.js';

const ITEM = 'export interface Item { id: number }';
const WORK = `
async function work<T>(value: T): Promise<T> {
  await null;
  return value;
}
`;
/** The same without types. */
const UNTYPED = WORK.replace('<T>', '').replace(': T', '').replace(': Promise<T>', '');

const application = new CompiledApplication({
  'tsx/main.mts': `
    import { type Item, fail } from './item.mts';
    import legacy from './legacy.cts';
    import plain from './plain.js';
    enum Kind { First = 1, Second }
    ${WORK}
    const item = await work<Item>({ id: Kind.Second });
    console.log(item, await legacy.work('legacy'), await plain('plain'));
    await fail().catch((error: Error) => console.log(error.stack?.split('\\n').slice(0, 3).join('\\n')));
  `,
  'tsx/item.mts': `
    ${ITEM}
    export async function fail(): Promise<never> {
      await null;
      throw new Error(\`failed \${1 as number}\`);
    }
  `,
  'tsx/legacy.cts': `${WORK} const other = require('./other.cts'); exports.work = (value: string) => other.work(value);`,
  'tsx/other.cts': `${WORK} exports.work = work;`,
  'tsx/plain.js': `${UNTYPED} module.exports = work;`,
  'tsx/package.json': '{}',
  'tsx/main.cts': `
    ${ITEM}
    ${WORK}
    const { work: other } = require('./other.cts');
    work<Item>({ id: 1 }).then(async (item) => console.log(item, await other(2), require.main === module, __filename.length > 9));
  `,
  'iitm/main.mjs': `
    import { readFileSync } from 'node:fs';
    import cjs from './dep.cjs';
    import { work as esm } from './dep.mjs';
    import data from './data.json' with { type: 'json' };
    ${UNTYPED}
    console.log(await work(1), await esm(2), await cjs.work(3), cjs.facts, data, typeof readFileSync, globalThis.hooked);
  `,
  'iitm/dep.mjs': `${UNTYPED} export { work };`,
  'iitm/dep.cjs': `
    ${UNTYPED}
    const nested = require('./nested.cjs');
    module.exports = { work: (value) => nested.work(value), facts: [!!require.cache, !!require.resolve, module.paths.length > 0] };
  `,
  'iitm/nested.cjs': `${UNTYPED} exports.work = work;`,
  'iitm/data.json': '{ "a": 1 }',
  'iitm/main.cjs': `
    ${UNTYPED}
    const { work: nested } = require('./nested.cjs');
    work(1).then(async (one) => console.log(one, await nested(2), require.main === module, globalThis.hooked));
  `,
  'iitm/sync.mjs': `
    import { Hook } from 'import-in-the-middle';
    import { register } from 'import-in-the-middle/register-hooks.mjs';
    globalThis.hooked = 0;
    register();
    new Hook((exports, name) => { if (/dep\\./.test(name)) globalThis.hooked++; });
  `,
  'iitm/off-thread.mjs': `
    import { register } from 'node:module';
    import { Hook } from 'import-in-the-middle';
    globalThis.hooked = 0;
    register('import-in-the-middle/hook.mjs', import.meta.url);
    new Hook((exports, name) => { if (/dep\\./.test(name)) globalThis.hooked++; });
  `,
});
after(() => application.remove());

interface Case {
  beside: string;
  main: string;
  shows: RegExp;
  /** Modules compiled where the other loader comes first, and where ours does. */
  compiled: readonly [otherFirst: number, oursFirst: number];
  says: RegExp;
}

const NOT_READ = /^opentelemetry-instrumentation-async: CommonJS modules that another loader reads [^\n]*\n$/;
const NOTHING = /^$/;

const cases: Readonly<Record<string, Case>> = {
  'tsx, ESM that imports CommonJS': {
    beside: 'tsx',
    main: 'tsx/main.mts',
    shows: /^\{ id: 2 \} legacy plain\nError: failed 1\n +at fail \([^\n]*item\.mts:5:13\)/,
    compiled: [2, 2],
    says: NOT_READ,
  },
  'tsx, CommonJS': {
    beside: 'tsx',
    main: 'tsx/main.cts',
    shows: /^\{ id: 1 \} 2 true true\n$/,
    compiled: [0, 0],
    says: NOT_READ,
  },
  'import-in-the-middle on our thread, ESM': {
    beside: './iitm/sync.mjs',
    main: 'iitm/main.mjs',
    shows: /^1 2 3 \[ true, true, true \] \{ a: 1 \} function 2\n$/,
    compiled: [4, 4],
    says: NOTHING,
  },
  'import-in-the-middle on our thread, CommonJS': {
    beside: './iitm/sync.mjs',
    main: 'iitm/main.cjs',
    shows: /^1 2 true 0\n$/,
    compiled: [2, 2],
    says: NOTHING,
  },
  'import-in-the-middle on its own thread, ESM': {
    beside: './iitm/off-thread.mjs',
    main: 'iitm/main.mjs',
    shows: /^1 2 3 \[ true, true, true \] \{ a: 1 \} function 2\n$/,
    compiled: [4, 4],
    says: NOTHING,
  },
  'import-in-the-middle on its own thread, CommonJS': {
    beside: './iitm/off-thread.mjs',
    main: 'iitm/main.cjs',
    shows: /^1 2 true 0\n$/,
    compiled: [2, 2],
    says: NOTHING,
  },
};

for (const [name, { beside, main, shows, compiled, says }] of Object.entries(cases)) {
  for (const [index, order] of ['the other first', 'ours first'].entries()) {
    test(`${name}, ${order}`, { skip: cannotCompile }, async () => {
      const flags = ['--no-warnings', ...(index === 0 ? ['--import', beside] : [])];
      const after = index === 1 ? ['--import', beside] : [];
      const { hooks, compiled: ended, modules } = await application.both(main, { flags, after });
      assert.match(hooks.stdout, shows, hooks.stderr);
      assert.equal(ended.stdout, hooks.stdout, ended.stderr);
      assert.equal(hooks.stderr, '');
      assert.match(ended.stderr, says);
      assert.deepEqual([ended.code, ended.signal], [hooks.code, hooks.signal]);
      assert.equal(modules, compiled[index]);
    });
  }
}

/** Says whether its own text was compiled, and what a module can see of how it was loaded. */
const SEEING = `
  const facts = [eval('typeof $o' + 'a$b'), !!require.cache[__filename], typeof require.extensions['.js'], module.loaded];
  const stack = new Error('here').stack.replaceAll(/:\\d+\\)/g, ')');
  const { value, ...descriptor } = Object.getOwnPropertyDescriptor(require('node:module').prototype, '_compile');
  console.log(JSON.stringify([facts, typeof value, descriptor, stack]));
  exports.work = async () => { await null; return 'worked'; };
`;
const seeing = new CompiledApplication({
  'off-thread.mjs': `
    import { register } from 'node:module';
    register('data:text/javascript,export const load = (url, context, next) => next(url, context)');
  `,
  'main.cjs': `${SEEING} require('./required.cjs').work().then(console.log);`,
  'main.mjs': `
    import { work } from './imported.cjs';
    import './imported.cjs?again';
    console.log(await work(), (await import('./required.cjs')).default.work === undefined);
  `,
  'imported.cjs': `${SEEING} require('./required.cjs');`,
  'required.cjs': SEEING,
});
after(() => seeing.remove());

for (const main of ['main.cjs', 'main.mjs']) {
  test(`CommonJS that is imported beside module.register is compiled, and sees no difference: ${main}`, {
    skip: cannotCompile,
  }, async () => {
    const flags = ['--no-warnings', '--import', './off-thread.mjs'];
    const { hooks, compiled } = await seeing.both(main, { flags });
    assert.match(hooks.stdout, /worked/, hooks.stderr);
    assert.doesNotMatch(compiled.stdout, /"undefined"/);
    const reported = (stdout: string) => stdout.replaceAll('[["number"', '[["undefined"');
    assert.equal(reported(compiled.stdout), hooks.stdout);
    assert.equal(compiled.stderr, '');
    assert.equal(compiled.code, 0);
  });
}

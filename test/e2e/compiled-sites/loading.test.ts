/** What modules do, and how they are loaded, is the same with compiled sites as without. */
import assert from 'node:assert/strict';
import test, { after } from 'node:test';
import {
  type BothRuns,
  CompiledApplication,
  type CompiledRunOptions,
  cannotCompile,
} from '../../support/compiled-run.js';

const applications: CompiledApplication[] = [];
after(() => {
  for (const application of applications) application.remove();
});

type Files = Readonly<Record<string, string | Buffer>>;

interface Case extends CompiledRunOptions {
  files: Files;
  links?: Readonly<Record<string, string>>;
  /** The file that is run; `main.mjs` where not given. */
  main?: string;
  /** How many modules are compiled. */
  modules: number;
  failures?: number;
  /** Something of the output that shows the program did what it was written for. */
  shows: RegExp;
  /** What is said on standard error beyond what the program says by itself. */
  says?: RegExp;
}

const WORK = `
async function work(value) {
  await null;
  return value;
}
`;

const CJS_FACTS = `
${WORK}
exports.work = work;
exports.facts = {
  main: require.main === module,
  hasMain: require.main !== undefined,
  cached: require.cache?.[__filename] === module,
  parent: module.parent?.filename?.length > 0,
  paths: module.paths.length > 0,
  resolve: require.resolve('./other.cjs').length > 0,
  extensions: Object.keys(require.extensions),
  wrapper: [arguments.length, this === module.exports],
  keys: Object.keys(module),
};
`;

const cases: Readonly<Record<string, Case>> = {
  'ESM: every kind of import': {
    files: {
      'main.mjs': `
        import { readFileSync } from 'node:fs';
        import { createRequire } from 'node:module';
        import data from './data.json' with { type: 'json' };
        import inline, { later } from 'data:text/javascript,export default 5;export const later = async () => 6;';
        import { facts, work as cjsWork } from './dep.cjs';
        import plain from './plain.js';
        ${WORK}
        const dynamic = await import('./dep.mjs?query=1#hash');
        const required = createRequire(import.meta.url)('./dep.mjs');
        console.log(await work(1), await cjsWork(2), plain, data, inline, await later(), JSON.stringify(facts));
        console.log(dynamic.url, await dynamic.work(3), await required.work(4), required.url);
        console.log(Object.keys(import.meta).sort().join(), import.meta.main, typeof readFileSync);
      `,
      'dep.mjs': `${WORK} export { work }; export const url = import.meta.url.replace(/.*\\//, '');`,
      'dep.cjs': CJS_FACTS,
      'other.cjs': '',
      'plain.js': 'module.exports = "no function waits here";',
      'data.json': '{ "async": "await" }',
    },
    // with and without a query are two modules
    modules: 4,
    shows: /^1 2 no function waits here \{ async: 'await' \} 5 6 .*"cached":true/,
  },
  CommonJS: {
    main: 'main.cjs',
    files: {
      'main.cjs': `
        ${CJS_FACTS}
        const { facts } = require('./dep.cjs');
        const json = require('./data.json');
        const esm = require('./dep.mjs');
        work(1).then(async (one) => console.log(one, json, await esm.work(2), facts, exports.facts));
        console.log(Object.keys(require.cache).filter((file) => file.startsWith(__dirname)).length, module.children.length);
      `,
      'dep.cjs': CJS_FACTS,
      'other.cjs': '',
      'dep.mjs': `${WORK} export { work };`,
      'data.json': '{ "a": 1 }',
    },
    modules: 3,
    shows: /main: true/,
  },
  'a file without a type that is one or the other by its syntax': {
    main: 'main.js',
    files: {
      'main.js': `import './esm.js'; ${WORK} console.log(await work('esm'));`,
      'esm.js': `import cjs from './cjs.js'; ${WORK} export { work }; console.log(await cjs('cjs'));`,
      'cjs.js': `${WORK} module.exports = work;`,
    },
    modules: 3,
    shows: /^cjs\nesm\n$/,
  },
  'an entry without extension': {
    main: 'server',
    files: {
      server: `#!/usr/bin/env node\n'use strict';\n${WORK} work(1).then(console.log, function () { return this; });`,
    },
    modules: 1,
    shows: /^1\n$/,
  },
  'TypeScript whose types Node removes': {
    main: 'main.ts',
    files: {
      'package.json': '{ "type": "module" }',
      'main.ts': `
        import { type Order, load } from './order.mts';
        import legacy from './legacy.cts';
        interface Shown { order: Order }
        async function show<T extends Shown>(shown: T): Promise<T['order']> { return await load<Order>(shown.order); }
        console.log(await show({ order: { id: 1 } }), await legacy.work(2 as number), await legacy.facts);
      `,
      'order.mts': `
        export type Order = { id: number };
        export async function load<T>(order: T): Promise<T> { await null; return order satisfies T; }
      `,
      'legacy.cts': `
        interface Unused { a?: string }
        async function work(this: unknown, value: number): Promise<number> { await null; return value!; }
        module.exports = { work, facts: module.paths.length > 0 };
      `,
    },
    modules: 3,
    shows: /^\{ id: 1 \} 2 true\n$/,
  },
  'bytes that are no text we can place, and syntax that nobody can read': {
    files: {
      'main.mjs': `
        ${WORK}
        const { default: bom } = await import('./bom.cjs');
        const { default: latin } = await import('./latin.cjs');
        console.log(await bom('bom'), await latin('latin'));
        for (const name of ['wrong.mjs', 'wrong.cjs', 'wrong.json', 'no-such.mjs', 'none.wat', 'x.node']) {
          await import('./' + name).catch((error) => console.log(name, error.name, error.code, error.message.split('\\n')[0]));
        }
      `,
      'bom.cjs': `\ufeff${WORK} module.exports = work;`,
      'latin.cjs': Buffer.from(`// gr\xfcn\n${WORK} module.exports = work;`, 'latin1'),
      'wrong.mjs': 'async function ( {',
      'wrong.cjs': 'async function work() { await await; }',
      'wrong.json': '{ async: await }',
      'none.wat': '(async)',
      'x.node': 'async no addon',
    },
    modules: 1,
    failures: 2,
    shows: /^bom latin\nwrong\.mjs SyntaxError/,
    says: /^(opentelemetry-instrumentation-async: a module is not compiled \((not text|not parsed)\)[^\n]*\n){2}$/,
  },
  'errors while loading': {
    files: {
      'main.mjs': `import './throws.mjs';`,
      'throws.mjs': `export async function work() { await 1; }\nnull.property;\n`,
    },
    modules: 1,
    shows: /^$/,
  },
  'workspaces and node_modules': {
    files: {
      'main.mjs': `
        import { createRequire } from 'node:module';
        ${WORK}
        const { work: linked } = createRequire(import.meta.url)('./packages/linked/index.js');
        const { work: dependency } = await import('./lib/node_modules/dependency/index.js');
        console.log(await work(1), await linked(2), await dependency(3));
      `,
      'workspace/index.js': `${WORK} exports.work = work;`,
      'lib/node_modules/dependency/index.js': `${WORK} exports.work = work;`,
    },
    links: { 'packages/linked': 'workspace' },
    modules: 2,
    shows: /^1 2 3\n$/,
  },
  'a package of node_modules that is asked for, behind links that are kept': {
    flags: ['--preserve-symlinks', '--preserve-symlinks-main'],
    env: { OTEL_NODE_ASYNC_SPANS_LIBRARIES: '@acme/*' },
    files: {
      'main.mjs': `
        import { work } from './lib/node_modules/@acme/dependency/index.js';
        import { work as other } from './lib/node_modules/other/index.js';
        console.log(await work(1), await other(2));
      `,
      'packages/dependency/index.js': `${WORK} exports.work = work;`,
      'lib/node_modules/other/index.js': `${WORK} exports.work = work;`,
    },
    links: { 'lib/node_modules/@acme/dependency': 'packages/dependency' },
    modules: 1,
    shows: /^1 2\n$/,
  },
  'extensions and Module.prototype._compile replaced by others': {
    main: 'main.cjs',
    files: {
      'main.cjs': `
        const Module = require('node:module');
        const compile = Module.prototype._compile;
        let compiled = 0;
        Module.prototype._compile = function (code, filename, ...rest) {
          compiled++;
          return compile.call(this, code + ';exports.patched = true;', filename, ...rest);
        };
        const { work, patched } = require('./dep.cjs');
        const handler = Module._extensions['.js'];
        const strange = (module, filename) => {
          const own = module._compile;
          module._compile = (code, file) => own.call(module, code.replace('42', '43'), file);
          return handler(module, filename);
        };
        Module._extensions['.js'] = strange;
        Module._extensions['.cjs'] = strange;
        const { answer } = require('./answer.cjs');
        Module._extensions['.odd'] = (module, filename) => module._compile('exports.odd = async () => 44', filename);
        const { odd } = require('./file.odd');
        (async () => { console.log(await work(1), patched, await answer(), await odd(), compiled); })();
      `,
      'dep.cjs': `${WORK} exports.work = work;`,
      'answer.cjs': 'exports.answer = async () => { await null; return 42; };',
      'file.odd': 'no program at all',
    },
    modules: 2,
    shows: /^1 true 43 44 3\n$/,
    says: /^opentelemetry-instrumentation-async: CommonJS modules that another loader reads [^\n]*answer\.cjs\n$/,
  },
  'worker threads and modules of vm': {
    flags: ['--experimental-vm-modules', '--no-warnings'],
    files: {
      'main.mjs': `
        import vm from 'node:vm';
        import { Worker } from 'node:worker_threads';
        ${WORK}
        const module = new vm.SourceTextModule('export default await (async () => 5)()', { identifier: 'x.mjs' });
        await module.link(() => {});
        await module.evaluate();
        console.log(module.namespace.default, await new vm.Script('(async () => { await 1; return 6 })()').runInThisContext());
        const worker = new Worker(new URL('./worker.mjs', import.meta.url));
        worker.on('message', (message) => console.log(message)).on('exit', (code) => console.log('ended', code));
      `,
      'worker.mjs': `import { parentPort } from 'node:worker_threads'; ${WORK} parentPort.postMessage(await work('worker'));`,
    },
    modules: 2,
    shows: /^5 6\nworker\nended 0\n$/,
  },
};

for (const [
  name,
  { files, links, main = 'main.mjs', modules, failures = 0, shows, says, ...options },
] of Object.entries(cases)) {
  test(name, { skip: cannotCompile }, async () => {
    const application = new CompiledApplication(files, links);
    applications.push(application);
    const both = await application.both(main, options);
    sameRuns(both, says);
    assert.match(both.compiled.stdout, shows);
    assert.deepEqual({ modules: both.modules, failures: both.failures }, { modules, failures });
  });
}

test('on a Node that cannot compile: one line, and the program runs', { skip: !cannotCompile }, async () => {
  const application = new CompiledApplication({
    'main.mjs': `${WORK} console.log(await work(1)); new Worker('', { eval: true }); import { Worker } from 'node:worker_threads';`,
  });
  applications.push(application);
  const both = await application.both('main.mjs');
  sameRuns(
    both,
    /^opentelemetry-instrumentation-async: Node [\d.]+ cannot compile modules [^\n]*\/bundler[^\n]*\n$/,
  );
  assert.equal(both.compiled.stdout, '1\n');
});

test('how much was compiled, and what was not, is told to those who look', {
  skip: cannotCompile,
}, async () => {
  const application = new CompiledApplication({
    'main.mjs': `
      import './other.mjs';
      ${WORK}
      console.log(await work(1));
      setTimeout(() => {}, 1500);
    `,
    'other.mjs': `${WORK} export { work };`,
  });
  applications.push(application);
  const { ended } = await application.compiled('main.mjs', {
    env: { OTEL_NODE_ASYNC_START_SDK: 'true', OTEL_LOG_LEVEL: 'info' },
  });
  assert.match(
    ended.stdout,
    /2 modules compiled \(2 functions, \d+ awaits\), 0 of them from the cache, in \d+ ms; left/,
  );
});

/** Same output, same end. Columns of a stack differ by what is written before them on their line. */
function sameRuns({ hooks, compiled }: BothRuns, says?: RegExp): void {
  assert.equal(compiled.stdout, hooks.stdout, compiled.stderr);
  const own = compiled.stderr.split(/^(?=opentelemetry-instrumentation-async: )/m);
  const said = compiled.stderr.match(/^opentelemetry-instrumentation-async: .*\n/gm)?.join('') ?? '';
  const rest = own.map((part) => part.replace(/^opentelemetry-instrumentation-async: .*\n/, '')).join('');
  assert.equal(rest.replace(/\(node:\d+\)/g, ''), hooks.stderr.replace(/\(node:\d+\)/g, ''));
  if (says === undefined) assert.equal(said, '');
  else assert.match(said, says);
  assert.deepEqual([compiled.code, compiled.signal], [hooks.code, hooks.signal]);
}

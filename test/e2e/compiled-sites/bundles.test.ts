/** Bundles with compiled sites, of one file, run on every Node: with the package in the process and without it. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { after } from 'node:test';
import { build, transform } from 'esbuild';
import { rollup as bundle, type Plugin } from 'rollup';
import loadWithWebpack from '../../../src/bundler/webpack-loader.js';
import { esbuild, rollup, vite, webpack } from '../../../src/bundler.js';
import { REGISTER } from '../../support/application.js';
import { attributesOf, Collector } from '../../support/collector.js';
import { CompiledApplication } from '../../support/compiled-run.js';

const application = new CompiledApplication({
  'package.json': '{ "type": "module" }',
  'src/main.ts': `
import { readFileSync } from 'node:fs';
import { helper } from '../lib/node_modules/dependency/index.js';
import { type Order, load } from './order';

class Shop<T extends Order> {
  async open(order: T): Promise<string> {
    const loaded = await load<Order>(order);
    return \`\${loaded.id} \${await helper()} \${typeof readFileSync}\`;
  }
}

async function main(): Promise<void> {
  console.log(await new Shop().open({ id: 7 }));
  await load(undefined as unknown as Order).catch((error: Error) => console.log(error.stack));
}

main();
`,
  'src/order.ts': `
export interface Order { id: number }

export async function load<T extends Order>(order: T): Promise<T> {
  await null;
  if (!order) throw new RangeError('no order');
  return order;
}
`,
  'src/blocker.ts': `
export async function later(): Promise<void> {
  setTimeout(block, 100);
}

function block(): void {
  const used = (): number => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1_000;
  };
  const until = used() + 1_500;
  while (used() < until);
}

later();
`,
  'lib/node_modules/dependency/index.js': 'export async function helper() { await null; return "helped"; }',
});
after(() => application.remove());

const root = application.folder;
const input = join(root, 'src', 'main.ts');
const output = (name: string) => join(root, 'dist', name);

/** What a bundle tells the runtime: of which files, the functions in each with their lines. */
function told(file: string): Record<string, unknown> {
  const text = readFileSync(file, 'utf8');
  const found: Record<string, unknown> = {};
  const string = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`/.source;
  for (const [, pair] of text.matchAll(new RegExp(`\\.push\\(\\[((?:${string}),\\s*(?:${string}))`, 'g'))) {
    const [name, json] = new Function(`return [${pair}]`)() as [string, string];
    const { names, functions } = JSON.parse(json) as { names: string[]; functions: number[] };
    found[name] = names.map((one, index) => `${one}:${functions[index * 2]}:${functions[index * 2 + 1]}`);
  }
  return found;
}

/** As in the TypeScript. */
const FIRST_SOURCES = { 'src/main.ts': ['open:7:3', 'main:13:1'], 'src/order.ts': ['load:4:8'] };

async function runs(name: string): Promise<void> {
  const env = { OTEL_NODE_ASYNC_START_SDK: 'false', OTEL_NODE_ASYNC_SITES: 'compiled' };
  const flags = ['--enable-source-maps', '--no-warnings'];
  const bare = await application.bare(join('dist', name), { flags });
  assert.match(bare.stdout, /^7 helped function\nRangeError: no order\n/, bare.stderr);
  // the places of the TypeScript, through the map of the bundler
  assert.match(bare.stdout, /[\\/]src[\\/]order\.ts:6:21\)\n(.*\n)*.*[\\/]src[\\/]main\.ts:15:3\)/);
  const watched = await application.bare(join('dist', name), {
    flags: [...flags, '--import', REGISTER],
    env: { ...env, OTEL_NODE_ASYNC_SITES: 'hooks' },
  });
  assert.equal(watched.stdout, bare.stdout);
  assert.equal(watched.stderr, '');
  assert.equal(watched.code, 0);
}

for (const format of ['esm', 'cjs'] as const) {
  for (const minify of [false, true]) {
    test(`esbuild, ${format}${minify ? ', minified' : ''}`, async () => {
      const name = `esbuild-${minify ? 'min' : 'plain'}.${format === 'esm' ? 'mjs' : 'cjs'}`;
      await build({
        entryPoints: [input],
        outfile: output(name),
        bundle: true,
        platform: 'node',
        target: 'node20',
        format,
        minify,
        sourcemap: true,
        plugins: [esbuild({ root })],
      });
      assert.deepEqual(told(output(name)), FIRST_SOURCES);
      await runs(name);
    });
  }
}

/** As plugins do that make JavaScript of TypeScript: other lines, other columns, and a map. */
const typescript: Plugin = {
  name: 'typescript',
  resolveId: (id, importer) =>
    id.startsWith('./') && importer ? join(importer, '..', id.replace(/(\.ts)?$/, '.ts')) : null,
  async transform(code, id) {
    if (!id.endsWith('.ts')) return null;
    const made = await transform(code, { loader: 'ts', sourcemap: true, sourcefile: id, target: 'node20' });
    return { code: made.code, map: made.map };
  },
};

/** esbuild's map knows no place between `export` and the name. */
const AS_MAPPED = { ...FIRST_SOURCES, 'src/order.ts': ['load:4:1'] };

for (const [order, expected, plugins] of [
  ['before TypeScript is JavaScript', FIRST_SOURCES, () => [rollup({ root }), typescript]],
  ['after TypeScript is JavaScript', AS_MAPPED, () => [typescript, rollup({ root })]],
] as const) {
  test(`Rollup, ${order}`, async () => {
    const name = `rollup-${order.split(' ')[0]}.mjs`;
    const made = await bundle({ input, plugins: plugins(), external: ['node:fs'] });
    await made.write({ file: output(name), format: 'esm', sourcemap: true });
    await made.close();
    assert.deepEqual(told(output(name)), expected);
    await runs(name);
  });
}

test('a file has one name, in the words of the sidecar too, which no bundle tells its names', async () => {
  const collector = await Collector.start();
  try {
    await build({
      entryPoints: [join(root, 'src', 'blocker.ts')],
      outfile: output('blocker.mjs'),
      bundle: true,
      format: 'esm',
      sourcemap: true,
      plugins: [esbuild({ root })],
    });
    const { code, stderr } = await application.bare(join('dist', 'blocker.mjs'), {
      flags: ['--import', REGISTER],
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_NODE_ASYNC_SITES: 'compiled' },
    });
    assert.equal(code, 0, stderr);
    const blocks = collector.logs
      .map(({ item }) => ({ body: item.body?.stringValue ?? '', attributes: attributesOf(item) }))
      .filter(({ attributes }) => attributes.get('code.function.name') === 'block');
    assert.ok(blocks.length > 0, collector.logs.map(({ item }) => item.body?.stringValue).join('\n'));
    for (const { body, attributes } of blocks) {
      assert.equal(attributes.get('code.file.path'), 'src/blocker.ts', body);
      assert.match(body, /block \(src\/blocker\.ts:\d+\)/);
    }
  } finally {
    await collector.stop();
  }
});

test('packages of node_modules are compiled where they are asked for', async () => {
  const name = 'libraries.mjs';
  const plugins = [esbuild({ root, libraries: ['dependency'] })];
  await build({
    entryPoints: [input],
    outfile: output(name),
    bundle: true,
    platform: 'node',
    format: 'esm',
    plugins,
  });
  assert.deepEqual(told(output(name)), {
    ...FIRST_SOURCES,
    'lib/node_modules/dependency/index.js': ['helper:1:8'],
  });
});

test('what esbuild is told to read as text, and what no bundler parses, stays as it is', async () => {
  const plugin = esbuild({ root });
  const { outputFiles } = await build({
    stdin: { contents: `import text from './order.ts'; console.log(text);`, resolveDir: join(root, 'src') },
    bundle: true,
    write: false,
    loader: { '.ts': 'text' },
    plugins: [plugin],
  });
  assert.match(outputFiles[0]?.text ?? '', /export async function load<T extends Order>/);
  const { transform: change } = rollup({ root });
  assert.equal(change.call({}, 'async function ( {', join(root, 'src', 'x.js')), undefined);
  assert.equal(change.call({}, 'async () => { await 1; }', '\0virtual.js'), undefined);
  assert.equal(change.call({}, 'export const a = 1;', join(root, 'src', 'x.js')), undefined);
});

test('Vite: what is built for a server, never what browsers get', () => {
  const { transform: change } = vite({ root });
  const file = join(root, 'src', 'x.js');
  const code = 'export async function x() { await 1; }';
  assert.equal(change.call({}, code, file), undefined);
  assert.equal(change.call({}, code, file, { ssr: false }), undefined);
  assert.match(
    change.call({ getCombinedSourcemap: () => IDENTITY }, code, file, { ssr: true })?.code ?? '',
    /src\/x\.js/,
  );
});

const IDENTITY = { version: 3, sources: ['x.js'], names: [], mappings: 'AAAA' };

test('webpack: a rule after all other loaders, and the loader it names', async () => {
  const compiler = { options: { module: { rules: [] as unknown[] } } };
  webpack({ root }).apply(compiler);
  const [rule] = compiler.options.module.rules as [
    { enforce: string; use: [{ loader: string; options: object }] },
  ];
  assert.equal(rule.enforce, 'post');
  const { loader, options } = rule.use[0];
  assert.equal(((await import(loader)) as { default: unknown }).default, loadWithWebpack);
  const results: unknown[][] = [];
  const run = (resourcePath: string, code: string, map?: object) =>
    loadWithWebpack.call(
      { resourcePath, getOptions: () => options, callback: (...args: unknown[]) => results.push(args) },
      code,
      map,
    );
  run(join(root, 'src', 'x.js'), 'export async function x() { await 1; }', IDENTITY);
  run(join(root, 'lib', 'node_modules', 'y', 'x.js'), 'export async function y() { await 1; }', IDENTITY);
  const [[error, code, map], untouched] = results as [[null, string, { sources: string[] }], unknown[]];
  assert.equal(error, null);
  assert.match(code, /src\/x\.js/);
  assert.deepEqual(map.sources, ['x.js']);
  assert.deepEqual(untouched, [null, 'export async function y() { await 1; }', IDENTITY]);
});

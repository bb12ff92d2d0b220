/** Stacks with source maps on are those of the program without us; with source maps off the lines are. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import test, { after } from 'node:test';
import { CompiledApplication, cannotCompile } from '../../support/compiled-run.js';

const require = createRequire(import.meta.url);
const tsc = join(dirname(require.resolve('typescript/package.json')), 'bin', 'tsc');

/** Needs more than its types removed, so that nothing stands where it was. */
const SOURCE = `
enum Kind {
  First,

  Second = 7,
}

interface Order {
  kind: Kind;
}

class Shop {
  readonly #orders: Order[] = [{ kind: Kind.Second }];

  async open(this: Shop, { kind = Kind.First }: Partial<Order> = {}): Promise<Order> {
    const found = await this.#find(kind), other = (await Promise.all([this.#find(kind), this.#find(kind)]))[0]!;
    return found ?? other;
  }

  async #find(kind: Kind): Promise<Order> {
    await null; return this.#orders.find((order) => order.kind === kind) ?? this.#fail(kind);
  }

  #fail(kind: Kind): never { throw new RangeError(\`no order of \${Kind[kind]}\`); }
}

const later = async <T>(action: () => Promise<T>): Promise<T> => await action();

async function* orders(shop: Shop): AsyncGenerator<Order> {
  yield await shop.open({ kind: Kind.Second });
  yield* [await later(async () => await shop.open())];
}

async function main(): Promise<void> {
  for await (const order of orders(new Shop())) console.log(order);
}

const asked = async () => { try { await main(); } catch (error) { console.log((error as Error).stack); } };
asked().then(() => later(async () => { await null; throw new TypeError('uncaught'); }));
`;

const kinds = {
  'map-beside': ['--sourceMap'],
  'map-in-it': ['--inlineSourceMap', '--inlineSources'],
  'map-elsewhere': ['--sourceMap', '--mapRoot', 'MAPS', '--sourceRoot', 'SOURCES'],
};
const files: Record<string, string> = {};
for (const kind of Object.keys(kinds)) {
  for (const type of ['module', 'commonjs']) {
    files[`${kind}-${type}/package.json`] = JSON.stringify({ type });
    files[`${kind}-${type}/src/main.ts`] = SOURCE;
  }
}
/** What Node can strip by itself. */
const STRIPPABLE = SOURCE.replace(
  /enum Kind \{[^}]*\}/,
  'type Kind = number;\n\n\n\n\nconst Kind: any = { First: 0, Second: 7 };',
);
files['stripped-module/main.mts'] = STRIPPABLE;
files['stripped-commonjs/main.cts'] = STRIPPABLE;

const application = new CompiledApplication(files);
after(() => application.remove());

function compile(folder: string, options: readonly string[]): string {
  const cwd = join(application.folder, folder);
  const named: Record<string, string> = { MAPS: join(cwd, 'dist'), SOURCES: join(cwd, 'src') };
  const common = ['--target', 'es2022', '--module', 'nodenext', '--rootDir', 'src', '--outDir', 'dist'];
  const all = [...common, '--types', '', ...options.map((option) => named[option] ?? option)];
  execFileSync(process.execPath, [tsc, ...all, join('src', 'main.ts')], { cwd });
  return `${folder}/dist/main.js`;
}

const programs = Object.entries(kinds).flatMap(([kind, options]) =>
  ['module', 'commonjs'].map((type) => ({
    name: `${kind}, ${type}`,
    main: () => compile(`${kind}-${type}`, options),
  })),
);
programs.push(
  { name: 'stripped, module', main: () => 'stripped-module/main.mts' },
  { name: 'stripped, commonjs', main: () => 'stripped-commonjs/main.cts' },
);

for (const { name, main } of programs) {
  test(`${name}`, { skip: cannotCompile }, async () => {
    const file = main();
    const own = name.startsWith('stripped');
    const on = await application.both(file, { flags: ['--enable-source-maps', '--no-warnings'] });
    assert.match(on.hooks.stdout, /^\{ kind: 7 \}\nRangeError: no order of \w+\n/);
    assert.match(on.hooks.stderr, /main\.[mc]?ts:\d+\n.*throw new TypeError.*\n +\^\n/);
    assert.equal(on.modules, 1, on.compiled.stderr);
    assert.equal(places(on.compiled.stdout), places(on.hooks.stdout));
    // a file that is its own source has no map without us: Node writes such a frame a little differently
    if (!own) assert.equal(on.compiled.stdout, on.hooks.stdout);
    assert.equal(shown(on.compiled.stderr, own), shown(on.hooks.stderr, own));
    assert.equal(on.compiled.code, 1);

    const off = await application.both(file, { flags: ['--no-warnings'] });
    assert.equal(lines(off.compiled.stdout), lines(off.hooks.stdout));
    assert.equal(lines(placesOnly(off.compiled.stderr)), lines(placesOnly(off.hooks.stderr)));
    assert.equal(off.compiled.code, 1);
  });
}

/** Files, lines and columns. */
function places(text: string): string {
  return (text.match(/[\w.-]+:\d+:\d+/g) ?? []).join('\n');
}

/** The frames without their columns. */
function lines(text: string): string {
  return text.replace(/(:\d+):\d+/g, '$1');
}

/** Without the line of code that Node prints above an error. */
function placesOnly(text: string): string {
  return text.slice(text.indexOf('TypeError: uncaught'));
}

/** Where types were blanked out the line of code reads as it was written. */
function shown(text: string, own: boolean): string {
  return own ? places(text) : text;
}

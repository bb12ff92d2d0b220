import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import test, { after } from 'node:test';

const require = createRequire(import.meta.url);
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'typescript-sites-')));
after(() => rmSync(folder, { recursive: true }));

const SOURCE = `
interface Order {
  id: number;
}

type Probe = (order: Order) => void;

export class Orders {
  private readonly kind: string = 'order';

  async load(order: Order, probe: Probe): Promise<string> {
    probe(order);
    return this.kind;
  }

  fail(order: Order): never {
    const id: number = order.id;
    throw new RangeError(String(id));
  }
}
`;
/** Needs more than its types removed: what follows moves to other lines. */
const ENUM = `
enum Kind {
  Order,


  Item = 7,
}
`;

/** Prints where the async function was entered, where it begins, and where the error was thrown, by its text. */
const CHILD = (module: string, before: string) => `
  import { createRequire } from 'node:module';
  const require = createRequire('${import.meta.url}');
  ${before};
  const { captureFrames } = await import('${new URL('../../src/tasks/sites/capture.js', import.meta.url)}');
  const maps = await import('${new URL('../../src/tasks/sites/source-maps.js', import.meta.url)}');
  const text = await import('${new URL('../../src/tasks/sites/stack-text.js', import.meta.url)}');
  const { Orders } = await import(${JSON.stringify(module)});
  const orders = new Orders();
  let site;
  function probe() { site = captureFrames(probe, 1)[0]; }
  await orders.load({ id: 1 }, probe);
  let thrown;
  try { orders.fail({ id: 2 }); } catch (error) { thrown = error; }
  const frame = text.nearestUserFrame(text.parseStack(thrown.stack));
  console.log(JSON.stringify([maps.locationOf(site), maps.definitionOf(site), maps.mapLocation(frame)]));
`;

function check(source: string, sourceFile: string, module: string, flags: string[], before = ''): void {
  const output = execFileSync(
    process.execPath,
    [...flags, '--input-type=module', '-e', CHILD(module, before)],
    { encoding: 'utf8', timeout: 60_000, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const place = (functionName: string, code: string) => {
    const lines = source.slice(0, source.indexOf(code)).split('\n');
    return {
      functionName,
      file: sourceFile,
      line: lines.length,
      column: (lines.at(-1) as string).length + 1,
    };
  };
  assert.deepEqual(JSON.parse(output), [
    place('load', 'probe(order);'),
    place('load', 'async load('),
    place('Orders.fail', 'new RangeError'),
  ]);
}

const FLAGS: readonly [what: string, flags: string[], before?: string][] = [
  ['source maps off', []],
  ['source maps on', ['--enable-source-maps']],
  ['source-map-support', [], 'require("source-map-support").install()'],
  [
    'a prepareStackTrace of its own',
    [],
    'Error.prepareStackTrace = (error, frames) => [error, ...frames].join("\\n    at ")',
  ],
];

const COMPILED: readonly [what: string, type: 'module' | 'commonjs', ...options: string[]][] = [
  ['a map beside it', 'module', '--sourceMap'],
  ['a map beside it, CommonJS', 'commonjs', '--sourceMap'],
  ['a map in it', 'module', '--inlineSourceMap', '--inlineSources'],
  ['a source root', 'module', '--sourceMap', '--sourceRoot', '../src/'],
];

for (const [index, [what, type, ...options]] of COMPILED.entries()) {
  const app = join(folder, `app${index}`);
  const file = join(app, 'src', 'orders.ts');
  const compiled = join(app, 'dist', 'orders.js');
  const source = ENUM + SOURCE;
  const compile = () => {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(join(app, 'package.json'), JSON.stringify({ type }));
    writeFileSync(file, source);
    const tsc = join(dirname(require.resolve('typescript/package.json')), 'bin', 'tsc');
    const common = ['--target', 'es2022', '--module', 'nodenext', '--rootDir', 'src', '--outDir', 'dist'];
    execFileSync(process.execPath, [tsc, ...common, '--types', '', ...options, file], { cwd: app });
  };
  test(`TypeScript compiled with ${what}`, async (t) => {
    compile();
    for (const [mode, flags, before] of FLAGS) {
      await t.test(mode, () => check(source, file, compiled, flags, before));
    }
  });
}

const strips = (process.features as { typescript?: string | false }).typescript === 'strip';

test('TypeScript whose types Node removes', { skip: !strips && 'not by this Node' }, async (t) => {
  const file = join(folder, 'stripped.ts');
  writeFileSync(file, SOURCE);
  for (const [mode, flags, before] of FLAGS) {
    await t.test(mode, () => check(SOURCE, file, file, flags, before));
  }
});

const transform = '--experimental-transform-types';
const transforms = process.allowedNodeEnvironmentFlags.has(transform);

test('TypeScript that Node transforms', { skip: !transforms && 'not by this Node' }, async (t) => {
  const file = join(folder, 'transformed.ts');
  const source = ENUM + SOURCE;
  writeFileSync(file, source);
  await t.test('the map is in memory alone', () => check(source, file, file, [transform]));
});

/** How the suites of packages are run from their checkouts, with results as TAP on standard output. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';

export interface Suite {
  /** Each is run by itself: arguments for Node. */
  runs: readonly (readonly string[])[];
}

type Recipe = (folder: string) => Suite;

/** A file that hangs ends some time. */
const NODE_TEST = ['--test', '--test-reporter=tap', '--test-concurrency=2', '--test-timeout=180000'];

/** Files below `folder` whose path fits, a run for so many of them. */
function nodeTest(folder: string, path: RegExp, options: readonly string[] = []): Suite {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => !file.includes('node_modules') && path.test(file))
    .sort();
  return { runs: [[...options, ...NODE_TEST, ...files]] };
}

const bin = (folder: string, ...path: string[]) => join(folder, 'node_modules', ...path);

/** All but what asks the network, and what another runner runs. */
const UNDICI =
  /^test\/((busboy|cache|cache-interceptor|cookie|eventsource|fetch|infra|interceptors|node-test|subresource-integrity|webidl|websocket)\/)?[^/]+\.js$/;

const mocha = (folder: string, ...args: string[]): Suite => ({
  runs: [[bin(folder, 'mocha', 'bin', 'mocha'), '--reporter', 'tap', ...args]],
});
function ava(folder: string): Suite {
  const [old, since8] = ['cli.mjs', 'cli.js'].map((file) => bin(folder, 'ava', 'entrypoints', file));
  return { runs: [[existsSync(old as string) ? (old as string) : (since8 as string), '--tap']] };
}

/** Each file of TypeScript to one of CommonJS, as a compiler does: what a loader of its own reads is not compiled. */
function toJavaScript(folder: string, from: string, to: string): void {
  const files = readdirSync(join(folder, from), { recursive: true, encoding: 'utf8' });
  buildSync({
    entryPoints: files.filter((file) => file.endsWith('.ts')).map((file) => join(folder, from, file)),
    outdir: join(folder, to),
    outbase: join(folder, from),
    format: 'cjs',
    target: 'es2022',
    sourcemap: true,
  });
}

const RECIPES: Record<string, Recipe> = {
  koa: (folder) => nodeTest(folder, /^__tests__\/.*\.test\.js$/),
  fastify: (folder) => nodeTest(folder, /^test\/.*\.test\.m?js$/),
  pino: (folder) => nodeTest(folder, /^test\/(?!jest\/|types\/).*\.test\.m?js$/),
  undici: (folder) => nodeTest(folder, UNDICI, ['--expose-gc']),
  'p-queue': (folder) => nodeTest(folder, /^test\/[^/]+\.ts$/, ['--import=tsx/esm']),
  'p-map': ava,
  execa: ava,
  async: (folder) => mocha(folder),
  'node-fetch': (folder) => mocha(folder, '--exit'),
  ws: (folder) => mocha(folder, '--throw-deprecation', '--exit', 'test/*.test.js'),
  express: (folder) =>
    mocha(folder, '--require', 'test/support/env', '--check-leaks', 'test/', 'test/acceptance/'),
  '@hapi/hapi': (folder) => ({
    runs: [[bin(folder, '@hapi', 'lab', 'bin', 'lab'), '-a', '@hapi/code', '-r', 'tap', '-m', '5000']],
  }),
  graphql: (folder) => {
    toJavaScript(folder, 'src', 'js');
    return mocha(folder, '--no-config', 'js/**/__tests__/**/*-test.js');
  },
  mqtt: (folder) => nodeTest(folder, /^test\/node\/[^/]+\.ts$/, ['--import=tsx']),
};

/** @throws Error that says what is missing. */
export function suiteOf(folder: string): Suite & { name: string } {
  const file = join(folder, 'package.json');
  if (!existsSync(file)) throw new Error(`${folder} is no checkout of a package`);
  const { name } = JSON.parse(readFileSync(file, 'utf8')) as { name: string };
  const recipe = RECIPES[name];
  if (recipe === undefined)
    throw new Error(`no recipe for ${name}: those there are: ${Object.keys(RECIPES).join(', ')}`);
  if (!existsSync(join(folder, 'node_modules')))
    throw new Error(`install the dependencies of ${folder} first`);
  return { name, ...recipe(folder) };
}

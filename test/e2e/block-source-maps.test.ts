import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import test from 'node:test';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { attributesOf, Collector } from '../support/collector.js';
import { cannotCompile } from '../support/compiled-run.js';
import { REPOSITORY } from '../support/packed.js';
import { packageUrl, runProgram } from '../support/program.js';

const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc');

/** Needs more than its types removed, so that nothing stands where it was. */
const SOURCE = `enum Pace {
  Slow = 1_500,
}

interface Work {
  pace: Pace;
}

export class Shop {
  readonly #work: Work[] = [{ pace: Pace.Slow }];

  // a comment that the compiler drops


  takeStock(): number {
    const { pace } = this.#work[0]!;
    return countUntil(used() + pace);
  }
}

const used = (): number => process.cpuUsage().user / 1_000;

function countUntil(end: number): number {
  let sum = 0;
  while (used() < end) sum++;
  return sum;
}
`;
/** No minifier leaves these names. */
const FUNCTION = /^(?:countUntil|used)$/;
const FUNCTION_LINES = [21, 27] as const;

/** Many insertions before it, on the one line that a bundle has. */
const BEFORE = `${Array.from({ length: 20 }, (_, i) => `export async function step${i}() { await null; }`).join('\n')}
export const steps = [${Array.from({ length: 20 }, (_, i) => `step${i}`)}];
`;
/** And many places of others after it, to which one that is off by a little leads. */
const AFTER = BEFORE.replaceAll('step', 'late');

/** A folder where what is imported is found. */
async function inFolder(work: (folder: string, collector: Collector) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(REPOSITORY, 'build', 'source-maps-'));
  const collector = await Collector.start();
  try {
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
    writeFileSync(join(folder, 'shop.ts'), SOURCE);
    await work(folder, collector);
  } finally {
    await collector.stop();
    rmSync(folder, { recursive: true });
  }
}

/** Runs the program of the module, and sees where the block is said to be. */
async function blockIn(module: string, collector: Collector, config: object, options: readonly string[]) {
  const env = {
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    MODULE_URL: pathToFileURL(module).href,
    PACKAGE_URL: packageUrl,
    CONFIG: JSON.stringify(config),
  };
  const run = await runProgram('sidecar/blocker.mjs', ['module'], env, options).finished;
  assert.equal(run.code, 0, run.stderr);
  const end = await collector.until('the end', () =>
    collector.logs
      .map(({ item }) => attributesOf(item))
      .find(
        (attributes) =>
          attributes.get('async.block.phase') === 'ended' &&
          !attributes.has('async.block.startup') &&
          // a busy machine may have held it up before
          Number(attributes.get('async.block.duration')) > 1,
      ),
  );
  assert.match(String(end.get('code.file.path')), /shop\.ts$/);
  assert.match(String(end.get('code.function.name')), FUNCTION);
  const line = Number(end.get('code.line.number'));
  assert.ok(line >= FUNCTION_LINES[0] && line <= FUNCTION_LINES[1], `line ${line}`);
  assert.match(String(end.get('code.stacktrace')), /shop\.ts:\d+/);
}

test('a block of compiled TypeScript is told in the lines that were written', () =>
  inFolder(async (folder, collector) => {
    const compilerOptions = {
      target: 'es2022',
      module: 'nodenext',
      types: ['node'],
      removeComments: true,
      sourceMap: true,
    };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions }));
    execFileSync(process.execPath, [tsc, '-p', '.'], { cwd: folder });
    await blockIn(join(folder, 'shop.js'), collector, {}, ['--enable-source-maps']);
  }));

for (const format of ['esm', 'cjs'] as const) {
  test(`so is one in a bundle on one line whose sites are compiled, ${format}`, { skip: cannotCompile }, () =>
    inFolder(async (folder, collector) => {
      writeFileSync(join(folder, 'shop.ts'), SOURCE.replace('1_500', '400'));
      writeFileSync(join(folder, 'before.ts'), BEFORE);
      writeFileSync(join(folder, 'after.ts'), AFTER);
      const main = `export * from './before.ts';\nexport * from './shop.ts';\nexport * from './after.ts';\n`;
      writeFileSync(join(folder, 'main.ts'), main);
      const outfile = join(folder, format === 'esm' ? 'bundle.js' : 'bundle.cjs');
      const entryPoints = [join(folder, 'main.ts')];
      await build({ entryPoints, outfile, format, bundle: true, minify: true, sourcemap: true });
      await blockIn(outfile, collector, { sites: 'compiled', sitesCache: { enabled: false } }, []);
    }),
  );
}

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import test from 'node:test';
import { pathToFileURL } from 'node:url';
import { attributesOf, Collector } from '../support/collector.js';
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
    const used = (): number => process.cpuUsage().user / 1_000;
    const until = used() + pace;
    let sum = 0;
    while (used() < until) sum++;
    return sum;
  }
}
`;
const FUNCTION_LINES = [15, 22] as const;

test('a block of compiled TypeScript is told in the lines that were written', async () => {
  // here, so that what it imports is found
  const folder = mkdtempSync(join(REPOSITORY, 'build', 'source-maps-'));
  const collector = await Collector.start();
  try {
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
    writeFileSync(join(folder, 'shop.ts'), SOURCE);
    const compilerOptions = {
      target: 'es2022',
      module: 'nodenext',
      types: ['node'],
      removeComments: true,
      sourceMap: true,
    };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions }));
    execFileSync(process.execPath, [tsc, '-p', '.'], { cwd: folder });
    const env = {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      MODULE_URL: pathToFileURL(join(folder, 'shop.js')).href,
      PACKAGE_URL: packageUrl,
    };
    const run = await runProgram('sidecar/blocker.mjs', ['module'], env, ['--enable-source-maps']).finished;
    assert.equal(run.code, 0, run.stderr);
    const end = await collector.until('the end', () =>
      collector.logs
        .map(({ item }) => attributesOf(item))
        .find(
          (attributes) =>
            attributes.get('async.block.phase') === 'ended' && !attributes.has('async.block.startup'),
        ),
    );
    assert.match(String(end.get('code.file.path')), /shop\.ts$/);
    assert.match(String(end.get('code.function.name')), /takeStock$|used$/);
    const line = Number(end.get('code.line.number'));
    assert.ok(line >= FUNCTION_LINES[0] && line <= FUNCTION_LINES[1], `line ${line}`);
    assert.match(String(end.get('code.stacktrace')), /shop\.ts:\d+/);
  } finally {
    await collector.stop();
    rmSync(folder, { recursive: true });
  }
});

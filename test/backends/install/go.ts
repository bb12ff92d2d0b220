import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { constants, setPriority } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Recipe } from '../../support/backends/recipes.js';
import { type Command, run } from './command.js';

const MINUTE_MS = 60_000;
/** About five times what each step takes on two cores with nothing cached. */
const DOWNLOAD_TIMEOUT_MS = 10 * MINUTE_MS;
const BUILD_TIMEOUT_MS = 25 * MINUTE_MS;
const CHECK_TIMEOUT_MS = MINUTE_MS;
const RETRY_MS = 10_000;

const GO_ENVIRONMENT = {
  CGO_ENABLED: '0',
  GOTOOLCHAIN: 'local',
  GOWORK: 'off',
  GOFLAGS: '-trimpath -buildvcs=false',
};

/** Builds the files of `recipe` into `folder` and starts the first of them once. */
export async function build(name: string, recipe: Recipe, folder: string): Promise<void> {
  await checkGo();
  setPriority(constants.priority.PRIORITY_LOW);
  const source = await download(recipe);
  for (const [file, target] of Object.entries(recipe.commands)) {
    await compile(source, target, join(folder, file), recipe.tags);
  }
  if (recipe.manifest) await assemble(name, recipe, folder);
  await run(join(folder, name), recipe.check, { timeoutMs: CHECK_TIMEOUT_MS });
}

async function checkGo(): Promise<void> {
  try {
    await run('go', ['version'], { timeoutMs: CHECK_TIMEOUT_MS });
  } catch (error) {
    throw new Error(
      `Go 1.25 or newer is needed on the PATH to build the backends: ${(error as Error).message}`,
    );
  }
}

/** Each of these fetches modules, of which Go asks but once: what fails is tried again. */
async function fetching(file: string, args: readonly string[], command: Command): Promise<string> {
  const whole = { ...command, env: GO_ENVIRONMENT };
  try {
    return await run(file, args, whole);
  } catch (error) {
    console.error(`once more, after: ${(error as Error).message}`);
    await pause(RETRY_MS);
    return run(file, args, whole);
  }
}

/** The folder of the module in Go's own module cache. */
async function download({ module, moduleVersion }: Recipe): Promise<string> {
  const answer = await fetching('go', ['mod', 'download', '-json', `${module}@${moduleVersion}`], {
    timeoutMs: DOWNLOAD_TIMEOUT_MS,
  });
  return (JSON.parse(answer) as { Dir: string }).Dir;
}

/**
 * Builds in the module's own folder, where its `replace` lines count and its `go.sum` stands for the checksum
 * database, which does not know all of Jaeger's dependencies. `go install module@version` has neither.
 */
async function compile(source: string, target: string, output: string, tags = ''): Promise<void> {
  await fetching('go', ['build', '-mod=readonly', '-tags', tags, '-ldflags', '-s -w', '-o', output, target], {
    cwd: source,
    timeoutMs: BUILD_TIMEOUT_MS,
  });
}

/** Runs the Collector's builder, which writes a `main.go` for the manifest and compiles it. */
async function assemble(name: string, recipe: Recipe, folder: string): Promise<void> {
  const work = join(folder, 'work');
  await mkdir(work);
  const modules = Object.entries(recipe.manifest ?? {}).map(([kind, list]) => [
    kind,
    list.map((gomod) => ({ gomod })),
  ]);
  const manifest = { dist: { name, output_path: work }, ...Object.fromEntries(modules) };
  // JSON is YAML.
  await writeFile(join(work, 'manifest.yaml'), JSON.stringify(manifest));
  await fetching(join(folder, 'builder'), ['--config', join(work, 'manifest.yaml')], {
    cwd: work,
    timeoutMs: BUILD_TIMEOUT_MS,
  });
  await rename(join(work, name), join(folder, name));
  await rm(join(folder, 'builder'));
  await rm(work, { recursive: true });
}

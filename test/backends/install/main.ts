/** `npm run setup:backends [-- name …]`: builds what `npm run test:backends` needs, once. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type BackendName, installFolder } from '../../support/backends/binaries.js';
import { RECIPES } from '../../support/backends/recipes.js';
import { fillOnce } from './cache-entry.js';
import { build } from './go.js';

const asked = process.argv.slice(2);
const known = Object.keys(RECIPES) as BackendName[];
const unknown = asked.filter((name) => !known.includes(name as BackendName));
if (unknown.length > 0) {
  console.error(`unknown: ${unknown.join(', ')}; there are: ${known.join(', ')}`);
  process.exit(2);
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

for (const name of asked.length > 0 ? (asked as BackendName[]) : known) {
  try {
    console.log(await install(name));
  } catch (error) {
    console.error(`${name}: not built\n${(error as Error).message}`);
    process.exitCode = 1;
  }
}

async function install(name: BackendName): Promise<string> {
  const recipe = RECIPES[name];
  const folder = installFolder(name);
  const start = performance.now();
  const built = await fillOnce(folder, async (temporary) => {
    console.log(`${name} ${recipe.version}: building, some minutes on two cores …`);
    await build(name, recipe, temporary);
  });
  const seconds = Math.round((performance.now() - start) / 1_000);
  const { size } = await stat(join(folder, name));
  const how = built ? `built in ${seconds} s` : 'there';
  return `${name} ${recipe.version}: ${how}, ${Math.round(size / 2 ** 20)} MiB, ${folder}`;
}

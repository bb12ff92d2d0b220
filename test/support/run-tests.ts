/** Runs the compiled tests of the named groups (folders of `test/`) with Node's own test runner. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const groups = process.argv.slice(2);
const files = groups.flatMap((group) => testFiles(join(root, group)));
if (files.length === 0) {
  console.error(`no test file in: ${groups.join(', ')}`);
  process.exit(1);
}
const run = spawnSync(
  process.execPath,
  ['--enable-source-maps', '--test', '--test-concurrency=2', ...files],
  {
    stdio: 'inherit',
  },
);
process.exit(run.status ?? 1);

function testFiles(folder: string): string[] {
  if (!existsSync(folder)) return [];
  if (folder.endsWith('.test.js')) return [folder];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.js'))
    .sort()
    .map((name) => join(folder, name));
}

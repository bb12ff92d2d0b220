/**
 * Runs the compiled tests of the named groups (folders or files of `test/`) with Node's own test runner, on the Node
 * that runs this program.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const groups = process.argv.slice(2);
const files = groups.flatMap((group) => testFiles(join(root, group)));
if (files.length === 0) {
  console.error(`no test file in: ${groups.join(', ')}`);
  process.exit(1);
}
const run = spawnSync(
  process.execPath,
  [
    '--enable-source-maps',
    '--test',
    // two cores in CI, and tests that watch a loop's lag must not fight each other for them
    '--test-concurrency=2',
    // one that hangs is named, and the others still run
    '--test-timeout=600000',
    `--test-reporter=${pathToFileURL(join(root, 'support', 'reporter.js'))}`,
    '--test-reporter-destination=stdout',
    ...files,
  ],
  {
    stdio: 'inherit',
    // programs started by name (`#!/usr/bin/env node`) run on the same Node
    env: { ...process.env, PATH: dirname(process.execPath) + delimiter + process.env.PATH },
  },
);
process.exit(run.status ?? 1);

/** `unit/telemetry`, `unit/telemetry/spans` and `unit/telemetry/spans.test` all work. */
function testFiles(path: string): string[] {
  for (const file of [path, `${path}.js`, `${path}.test.js`]) {
    if (file.endsWith('.test.js') && existsSync(file)) return [file];
  }
  if (!existsSync(path) || !statSync(path).isDirectory()) return [];
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.js'))
    .sort()
    .map((name) => join(path, name));
}

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';

const src = fileURLToPath(new URL('../../../src', import.meta.url));

/** The first pattern that fits a file gives its floor. */
const FLOORS: readonly [pattern: RegExp, floor: number][] = [
  [/^(base\/|semconv\.ts|types\.ts|version\.ts)/, 0],
  [/^(config|otlp|compiler)\//, 1],
  [/^tasks\//, 2],
  [/^(probes|snapshot|heap)\//, 3],
  [/^detectors\//, 4],
  [/^(telemetry|sidecar|loader)\//, 5],
  [/^feature\.ts/, 5],
  [/^(runtime|runtime-slot)\.ts/, 6],
  [/^(instrumentation|index)\.ts/, 7],
  [/^(register\.ts|register\/|cli\/|bundler)/, 8],
];

function floorOf(file: string): number {
  const floor = FLOORS.find(([pattern]) => pattern.test(file))?.[1];
  assert.notEqual(floor, undefined, `${file} stands on no floor`);
  return floor as number;
}

const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));

test('a lower floor never imports a higher one, nor a neighbour', () => {
  assert.ok(files.length > 10);
  const wrong: string[] = [];
  for (const file of files) {
    for (const [, target] of readFileSync(join(src, file), 'utf8').matchAll(/from '(\.{1,2}\/[^']+)'/g)) {
      const imported = relative(src, resolve(src, dirname(file), (target as string).replace(/\.js$/, '.ts')));
      const from = floorOf(file);
      const to = floorOf(imported);
      const neighbours = from === to && folderOf(file) !== folderOf(imported) && folderOf(file) !== '';
      if (to > from || (neighbours && from !== 0 && from !== 5 && from !== 8)) {
        wrong.push(`${file} (floor ${from}) imports ${imported} (floor ${to})`);
      }
    }
  }
  assert.deepEqual(wrong, []);
});

function folderOf(file: string): string {
  return file.includes('/') ? (file.split('/')[0] as string) : '';
}

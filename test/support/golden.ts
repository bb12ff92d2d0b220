import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = new URL('../../../test/fixtures/golden/', import.meta.url);

/** Compares with `test/fixtures/golden/<name>`. `UPDATE_GOLDEN=1 npm test` writes it anew: read the difference. */
export function assertGolden(name: string, lines: readonly string[]): void {
  const file = fileURLToPath(new URL(name, folder));
  const text = `${lines.join('\n')}\n`;
  if (process.env.UPDATE_GOLDEN) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  assert.equal(text, readFileSync(file, 'utf8'));
}

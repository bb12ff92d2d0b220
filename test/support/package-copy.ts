/** A copy of the built package, to change a file of it. */
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { packageFolder } from './program.js';

export interface PackageCopy {
  /** Of its entry. */
  url: string;
  remove(): void;
}

/** `files`: what stands in them instead, by path in `dist`; `undefined`: they are missing. */
export function packageCopy(files: Readonly<Record<string, string | undefined>> = {}): PackageCopy {
  const folder = mkdtempSync(join(tmpdir(), 'package-'));
  cpSync(packageFolder, join(folder, 'dist'), { recursive: true });
  symlinkSync(join(packageFolder, '..', 'node_modules'), join(folder, 'node_modules'));
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, 'dist', name);
    if (text === undefined) rmSync(path);
    else writeFileSync(path, text);
  }
  return {
    url: pathToFileURL(join(folder, 'dist', 'index.js')).href,
    remove: () => rmSync(folder, { recursive: true }),
  };
}

/** The package as npm would publish it, packed once per content. */
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheFolder } from './cache.js';
import { npm } from './npm.js';

export const REPOSITORY = fileURLToPath(new URL('../../../', import.meta.url));

export interface PackedPackage {
  /** The tarball, in the cache under a name that holds its content's hash. */
  tarball: string;
  hash: string;
  /** Bytes of the tarball, and of what it unpacks to. */
  size: number;
  unpackedSize: number;
  /** Paths inside, with `/`. */
  files: string[];
}

let packed: PackedPackage | undefined;

/** Packs `dist/` as it was built last: building again here would take it from under tests that run meanwhile. */
export function packedPackage(): PackedPackage {
  if (packed) return packed;
  const folder = mkdtempSync(join(tmpdir(), 'pack-'));
  const { stdout } = npm(['pack', '--json', '--ignore-scripts', '--pack-destination', folder], {
    cwd: REPOSITORY,
  });
  const [report] = Object.values(JSON.parse(stdout)) as [
    { filename: string; size: number; unpackedSize: number; files: { path: string }[] },
  ];
  const fresh = join(folder, report.filename);
  const hash = createHash('sha256').update(readFileSync(fresh)).digest('hex').slice(0, 16);
  const tarball = join(cacheFolder('tarballs', hash), report.filename);
  if (!existsSync(tarball)) renameSync(fresh, tarball);
  rmSync(folder, { recursive: true, force: true });
  packed = {
    tarball,
    hash,
    size: report.size,
    unpackedSize: report.unpackedSize,
    files: report.files.map(({ path }) => path),
  };
  return packed;
}

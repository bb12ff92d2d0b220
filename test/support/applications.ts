/**
 * Applications of strangers: a folder each in the cache, an SDK installed from a lockfile, then our packed tarball
 * beside it, as a user would with `npm install`.
 */
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { cacheFolder } from './cache.js';
import { ensureNode } from './nodes.js';
import { npm } from './npm.js';
import { packedPackage, REPOSITORY } from './packed.js';

export const APPLICATIONS = join(REPOSITORY, 'test', 'fixtures', 'apps');
const PROGRAMS = join(APPLICATIONS, 'programs');

/** The oldest Node that an SDK supports decides what npm may pick. */
const INSTALLED_BY = {
  'sdk-2': () => process.execPath,
  'sdk-3': () => ensureNode(24),
  bundlers: () => ensureNode(24),
} as const;
type Fixture = keyof typeof INSTALLED_BY;
export type Sdk = Exclude<Fixture, 'bundlers'>;

/** SDK 3 needs Node 22.15. */
export const SDKS_HERE: readonly Sdk[] =
  Number(process.versions.node.split('.')[0]) >= 22 ? ['sdk-2', 'sdk-3'] : ['sdk-2'];

const UNUSED_FOR_MS = 24 * 3_600_000;

export interface Application {
  folder: string;
  /** What npm said when our tarball was installed. */
  installOutput: string;
}

/**
 * The application with the SDK and our tarball, its programs beside `node_modules`. Installed once per content, and never
 * written to again: a test file that comes later would empty a program that another one is just starting.
 */
export function installedApplication(sdk: Fixture): Application {
  const baseFolder = installedSdk(sdk);
  const base = basename(baseFolder);
  const { tarball, hash } = packedPackage();
  const folder = installOnce(`${base}-${hash}-${hashOfFolder(PROGRAMS)}`, (fresh) => {
    cpSync(baseFolder, fresh, { recursive: true, verbatimSymlinks: true });
    const { stdout, stderr } = npm(['install', tarball], { cwd: fresh, node: INSTALLED_BY[sdk]() });
    writeFileSync(join(fresh, 'install-output.txt'), stderr + stdout);
    cpSync(PROGRAMS, fresh, { recursive: true });
  });
  return { folder, installOutput: readFileSync(join(folder, 'install-output.txt'), 'utf8') };
}

/** The folder with the packages that benchmarks compare us with. */
export function installedPeers(): string {
  const lock = readFileSync(join(APPLICATIONS, 'beside-peers', 'package-lock.json'));
  return installOnce(`beside-peers-${hashOf(lock)}`, (folder) => {
    for (const file of ['package.json', 'package-lock.json']) {
      cpSync(join(APPLICATIONS, 'beside-peers', file), join(folder, file));
    }
    npm(['ci', '--ignore-scripts'], { cwd: folder, node: process.execPath });
  });
}

/** The folder of an application that has the SDK and knows nothing of us. */
export function installedSdk(sdk: Fixture): string {
  const lock = readFileSync(join(APPLICATIONS, sdk, 'package-lock.json'));
  return installOnce(`${sdk}-${hashOf(lock)}`, (folder) => {
    for (const file of ['package.json', 'package-lock.json']) {
      cpSync(join(APPLICATIONS, sdk, file), join(folder, file));
    }
    npm(['ci', '--ignore-scripts'], { cwd: folder, node: INSTALLED_BY[sdk]() });
  });
}

/** Filled aside and moved, so that two runs at once never see half an application. */
function installOnce(name: string, fill: (folder: string) => void): string {
  const home = cacheFolder('applications');
  const folder = join(home, name);
  if (!existsSync(folder)) {
    forget(home);
    const fresh = mkdtempSync(join(home, '.fresh-'));
    fill(fresh);
    try {
      renameSync(fresh, folder);
    } catch (error) {
      if (!existsSync(folder)) throw error;
      rmSync(fresh, { recursive: true, force: true });
    }
  }
  utimesSync(folder, new Date(), new Date());
  return folder;
}

/** Each content of ours makes an application more; those that nobody used for a day go. */
function forget(home: string): void {
  for (const name of readdirSync(home)) {
    const folder = join(home, name);
    if (Date.now() - statSync(folder).mtimeMs > UNUSED_FOR_MS) {
      rmSync(folder, { recursive: true, force: true });
    }
  }
}

function hashOf(content: Buffer | string): string {
  return createHash('sha256').update(content).digest('hex').slice(0, 16);
}

function hashOfFolder(folder: string): string {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .sort();
  return hashOf(files.map((file) => `${file.slice(folder.length)} ${hashOf(readFileSync(file))}`).join('\n'));
}

/** Runs a program twice, with sites from hooks and with compiled ones, to compare what it does. */
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { registerHooksOf } from '../../src/loader/node-support.js';
import { Application, type Ended, REGISTER, type RunOptions } from './application.js';

/** Reason to skip a test that compiles while it loads, on a Node that cannot. */
export const cannotCompile =
  registerHooksOf() === undefined && 'this Node cannot compile modules while they load';

/** Nothing starts, nothing is sent, nothing is said beside what the loader says. */
const QUIET = { OTEL_NODE_ASYNC_START_SDK: 'false', OTEL_NODE_ASYNC_WATCHDOG_ENABLED: 'false' };

export interface BothRuns {
  hooks: Ended;
  compiled: Ended;
  /** Modules that were compiled, and for how many it was found that they cannot be. */
  modules: number;
  failures: number;
}

export interface CompiledRunOptions extends RunOptions {
  /** Flags after our `--import`. */
  after?: readonly string[];
}

/** A program in a folder of its own; files may lie in folders. `links` are made as symbolic links to other files. */
export class CompiledApplication {
  readonly #application: Application;
  readonly #caches: string[] = [];

  constructor(
    files: Readonly<Record<string, string | Buffer>>,
    links: Readonly<Record<string, string>> = {},
  ) {
    this.#application = new Application({});
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(dirname(join(this.folder, name)), { recursive: true });
      writeFileSync(join(this.folder, name), content);
    }
    for (const [name, target] of Object.entries(links)) {
      mkdirSync(dirname(join(this.folder, name)), { recursive: true });
      symlinkSync(join(this.folder, target), join(this.folder, name));
    }
  }

  get folder(): string {
    return this.#application.folder;
  }

  async both(file: string, options: CompiledRunOptions = {}): Promise<BothRuns> {
    const [hooks, compiled] = await Promise.all([
      this.run(file, 'hooks', options),
      this.compiled(file, options),
    ]);
    return { hooks, compiled: compiled.ended, modules: compiled.modules, failures: compiled.failures };
  }

  async compiled(file: string, options: CompiledRunOptions = {}) {
    const cache = mkdtempSync(join(tmpdir(), 'otel-async-cache-'));
    this.#caches.push(cache);
    const folder = join(cache, 'sites');
    const env = { OTEL_NODE_ASYNC_SITES_CACHE_FOLDER: folder, ...options.env };
    const ended = await this.run(file, 'compiled', { ...options, env });
    return { ended, ...countEntries(folder) };
  }

  /** Without us, unless `flags` says otherwise. */
  bare(file: string, options: RunOptions = {}): Promise<Ended> {
    return this.#application.run(file, options);
  }

  run(
    file: string,
    sites: string,
    { flags = [], after = [], env, ...rest }: CompiledRunOptions,
  ): Promise<Ended> {
    return this.#application.run(file, {
      ...rest,
      flags: [...flags, '--import', REGISTER, ...after],
      env: { ...QUIET, OTEL_NODE_ASYNC_SITES: sites, ...env },
    });
  }

  remove(): void {
    this.#application.remove();
    for (const cache of this.#caches) rmSync(cache, { recursive: true, force: true });
  }
}

/** Of a folder of the cache: modules that were compiled, and those for which it was found that they cannot be. */
export function countEntries(folder: string): { modules: number; failures: number } {
  const heads = readEntries(join(folder, 'compiled')).map((text) => text.split('\n')[1] ?? '');
  const count = (word: string) => heads.filter((head) => head.startsWith(`{"${word}":`)).length;
  return { modules: count('functions'), failures: count('left') };
}

function readEntries(folder: string): string[] {
  try {
    return readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'));
  } catch {
    return [];
  }
}

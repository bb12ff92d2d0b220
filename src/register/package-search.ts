import { existsSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { process } from '../base/process.js';

/** A folder or file from which packages are resolved, as Node would from there. */
export interface Root {
  /** The file itself. */
  readonly from: string;
  resolve(name: string): string | undefined;
  load(name: string): unknown;
}

/** The application's tree, then the working directory's, then ours: in pnpm, npx and global installs they differ. */
export function roots(entry = process.argv[1], cwd = workingDirectory()): Root[] {
  const places: string[] = [];
  if (entry !== undefined && existsSync(entry)) places.push(realpathSync(entry), entry);
  if (cwd !== undefined) places.push(join(cwd, 'package.json'));
  places.push(fileURLToPath(import.meta.url));
  return [...new Set(places)].map(rootAt);
}

/** None where it is gone. */
function workingDirectory(): string | undefined {
  try {
    return process.cwd();
  } catch {
    return undefined;
  }
}

export function rootAt(file: string): Root {
  const require = createRequire(file);
  return {
    from: file,
    resolve: (name) => {
      try {
        return require.resolve(name);
      } catch {
        return undefined;
      }
    },
    load: (name) => require(name),
  };
}

/** Packages that bring others along: what they depend on counts as installed, also where pnpm hides it. */
const BRINGERS = [
  '@opentelemetry/sdk-node',
  '@opentelemetry/auto-instrumentations-node',
  '@opentelemetry/sdk-trace-node',
  '@opentelemetry/sdk-trace',
  '@opentelemetry/exporter-trace-otlp-proto',
  '@opentelemetry/exporter-trace-otlp-http',
  '@opentelemetry/exporter-trace-otlp-grpc',
  '@opentelemetry/exporter-metrics-otlp-proto',
  '@opentelemetry/exporter-metrics-otlp-http',
  '@opentelemetry/exporter-logs-otlp-proto',
  '@opentelemetry/exporter-logs-otlp-http',
  '@opentelemetry/otlp-transformer',
  '@opentelemetry/sdk-logs',
];

/** Finds packages from one root and from the packages it leads to: never from two roots, whose SDKs may not mix. */
export class PackageSearch {
  readonly #places: Root[];
  #expanded = 0;
  readonly #seen = new Set<string>();

  constructor(readonly root: Root) {
    this.#places = [root];
  }

  resolve(name: string): string | undefined {
    return this.#find(name)?.resolve(name);
  }

  /** The module, or `undefined` where it is not installed. Throws what the module throws. */
  load<T>(name: string): T | undefined {
    return this.#find(name)?.load(name) as T | undefined;
  }

  /**
   * Loads a copy of a package of the root's own that nobody else will get: what it loads for the first time and `apart` matches leaves
   * `require`'s cache again.
   */
  loadApart<T>(name: string, apart: RegExp): T | undefined {
    if (this.root.resolve(name) === undefined) return undefined;
    const { cache } = createRequire(this.root.from);
    const shared = new Set(Object.keys(cache));
    try {
      return this.root.load(name) as T;
    } finally {
      for (const file of Object.keys(cache)) {
        if (!shared.has(file) && apart.test(file)) delete cache[file];
      }
    }
  }

  #find(name: string): Root | undefined {
    for (let index = 0; ; index++) {
      if (index === this.#places.length && !this.#expand()) return undefined;
      const place = this.#places[index];
      if (place?.resolve(name) !== undefined) return place;
    }
  }

  /** Adds the packages that the next place leads to; false when there is no further place. */
  #expand(): boolean {
    while (this.#expanded < this.#places.length) {
      const place = this.#places[this.#expanded++] as Root;
      const before = this.#places.length;
      for (const name of BRINGERS) {
        const file = place.resolve(name);
        if (file === undefined) continue;
        const view = viewOf(file);
        if (this.#seen.has(view)) continue;
        this.#seen.add(view);
        this.#places.push(rootAt(file));
      }
      if (this.#places.length > before) return true;
    }
    return false;
  }
}

/** Packages side by side in one `node_modules` see the same packages, unless they have one of their own. */
function viewOf(file: string): string {
  const [, base = '', name = ''] = /^(.*[\\/]node_modules)[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)/.exec(file) ?? [];
  const own = join(base, name, 'node_modules');
  return base !== '' && existsSync(own) ? own : base || file;
}

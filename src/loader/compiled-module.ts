import { dirname } from 'node:path';
import { BoundedMap } from '../base/bounded-map.js';
import { replaceSource } from '../tasks/sites/map-cache.js';
import { type Candidate, candidateOf, type Reason } from './candidate.js';
import { type Compile, compileText } from './compiled-text.js';
import type { DiskCache } from './disk-cache.js';
import { type InputMap, inputMap, mapComment } from './map-comment.js';
import type { LoadResult } from './node-support.js';
import type { SourceMap } from './source-map.js';
import type { Counts, Tally } from './tally.js';

const MODULES_KNOWN = 10_000;

/** What the cache keeps of a module: the code, or why there is none. Not to try again is worth as much. */
interface Entry extends Counts {
  code?: string;
  left?: Reason;
}

/** Makes of the modules that are loaded what runs in their place, and counts them. */
export class ModuleCompiler {
  readonly #imported = new BoundedMap<string, Counts>(MODULES_KNOWN);

  constructor(
    private readonly compile: Compile,
    private readonly tally: Tally,
    private readonly cache?: DiskCache,
  ) {}

  /** The text to run instead, or undefined where the module stays as it is. Never throws. */
  transform(url: string, loaded: LoadResult, imported = true): string | undefined {
    const start = performance.now();
    const made = this.#attempt(url, loaded);
    this.tally.compileMs += performance.now() - start;
    if (typeof made === 'string') {
      this.tally.leave(made, url);
      return undefined;
    }
    if (imported && loaded.format === 'commonjs' && this.#isIgnored(url, made)) return undefined;
    this.tally.add(made, 1);
    return made.code;
  }

  /**
   * Node loads a module once. A CommonJS module that is imported a second time was looked at by import-in-the-middle the
   * first time, which takes the source away in the end and has Node read the file.
   */
  #isIgnored(url: string, { functions, awaits }: Counts): boolean {
    const before = this.#imported.get(url);
    if (before === undefined) {
      this.#imported.set(url, { functions, awaits });
      return false;
    }
    this.#imported.delete(url);
    this.tally.add(before, -1);
    this.tally.leave('source taken away', url);
    return true;
  }

  #attempt(url: string, loaded: LoadResult): (Entry & { code: string }) | Reason {
    try {
      const candidate = candidateOf(url, loaded);
      if (typeof candidate === 'string') return candidate;
      const entry = this.#entryOf(candidate, url);
      if (typeof entry === 'string') return entry;
      const { code } = entry;
      if (code === undefined) return entry.left ?? 'error';
      replaceSource(candidate.file, code);
      return { ...entry, code };
    } catch {
      return 'error';
    }
  }

  #entryOf(candidate: Candidate, url: string): Entry | Reason {
    const { file, text, readings } = candidate;
    const input = inputMap(text, file);
    const key = this.cache?.keyOf([url, JSON.stringify(readings), text, input?.json ?? '']);
    const known = key === undefined ? undefined : this.cache?.read(key);
    if (known !== undefined) {
      this.tally.fromCache++;
      return JSON.parse(known) as Entry;
    }
    const entry = this.#compiled(candidate, url, input);
    if (key !== undefined && typeof entry !== 'string') this.cache?.write(key, JSON.stringify(entry));
    return entry;
  }

  #compiled({ file, text, readings }: Candidate, url: string, input: InputMap | undefined): Entry | Reason {
    let inner: SourceMap | undefined;
    try {
      inner = input?.parse();
    } catch {
      return 'unusable source map';
    }
    const made = compileText(this.compile, {
      text,
      readings,
      inner,
      folder: dirname(file),
      own: nameOf(url),
      // as V8 will show it in stacks
      shown: ({ format }) => (format === 'module' ? url : file),
    });
    if (typeof made === 'string') return { functions: 0, awaits: 0, left: made };
    const { code, map, functions, awaits } = made;
    return { code: `${code.replace(/\n?$/, '\n')}${mapComment(map)}`, functions, awaits };
  }
}

/** How a map in a file names that file. */
function nameOf(url: string): string {
  return url.replace(/[?#].*$/, '').replace(/^.*\//, './');
}

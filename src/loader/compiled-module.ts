import { dirname } from 'node:path';
import { replaceSource } from '../tasks/sites/map-cache.js';
import { type Candidate, candidateOf, type Reason } from './candidate.js';
import { type Compile, compileText } from './compiled-text.js';
import type { DiskCache } from './disk-cache.js';
import { type InputMap, inputMap, mapComment } from './map-comment.js';
import type { LoadResult } from './node-support.js';
import type { SourceMap } from './source-map.js';
import type { Tally } from './tally.js';

/** What the cache keeps of a module: the code, or why there is none. Not to try again is worth as much. */
interface Entry {
  code?: string;
  left?: Reason;
  functions: number;
  awaits: number;
}

/** Makes of the modules that are loaded what runs in their place, and counts them. */
export class ModuleCompiler {
  constructor(
    private readonly compile: Compile,
    private readonly tally: Tally,
    private readonly cache?: DiskCache,
  ) {}

  /** The text to run instead, or undefined where the module stays as it is. Never throws. */
  transform(url: string, loaded: LoadResult): string | undefined {
    const start = performance.now();
    const made = this.#attempt(url, loaded);
    this.tally.compileMs += performance.now() - start;
    if (typeof made === 'string') {
      this.tally.leave(made, url);
      return undefined;
    }
    this.tally.modules++;
    this.tally.functions += made.functions;
    this.tally.awaits += made.awaits;
    return made.code;
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

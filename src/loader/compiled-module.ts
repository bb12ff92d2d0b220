import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BoundedMap } from '../base/bounded-map.js';
import { monotonic } from '../base/clock.js';
import { forgetInserted, rememberInserted } from '../tasks/sites/inserted.js';
import { replaceMap, restoreMap } from '../tasks/sites/map-cache.js';
import { CachedEntry, type Entry } from './cached-entry.js';
import { type Candidate, candidateOf, type Reason } from './candidate.js';
import { type Compile, compileText } from './compiled-text.js';
import type { DiskCache } from './disk-cache.js';
import { LateSources } from './late-sources.js';
import { type InputMap, inputMap, isMapWanted, withMap } from './map-comment.js';
import type { LoadResult } from './node-support.js';
import type { SourceMap } from './source-map.js';
import type { Counts, Tally } from './tally.js';

const MODULES_KNOWN = 10_000;

type Made = Exclude<Entry, { left: Reason }>;

/** Makes of the modules that are loaded what runs in their place, and counts them. */
export class ModuleCompiler {
  readonly #imported = new BoundedMap<string, Counts>(MODULES_KNOWN);
  readonly #late = new LateSources();

  constructor(
    private readonly compile: Compile,
    private readonly tally: Tally,
    private readonly cache?: DiskCache,
  ) {}

  /** The text to run instead, or undefined where the module stays as it is. Never throws. */
  transform(url: string, loaded: LoadResult, imported = true): string | undefined {
    const start = monotonic();
    const isLate = imported && loaded.format === 'commonjs' && (loaded.source ?? null) === null;
    const made = this.#attempt(url, isLate ? readAgain(url, loaded) : loaded);
    this.tally.compileMs += monotonic() - start;
    if (typeof made === 'string') {
      this.tally.leave(made, url);
      return undefined;
    }
    if (isLate) return this.#giveLate(url, made, 'no source');
    if (imported && loaded.format === 'commonjs' && this.#isIgnored(url, made)) {
      restoreMap(fileURLToPath(url));
      forgetInserted(namesOf(url));
      return this.#giveLate(url, made, 'source taken away');
    }
    this.#gives(url, made);
    return made.code;
  }

  stop(): void {
    this.#late.stop();
  }

  #gives(url: string, made: Made): void {
    replaceMap(fileURLToPath(url), made.map);
    rememberInserted(namesOf(url), made.code);
    this.tally.add(made, 1);
  }

  /** Node reads the file by itself, and is given the text when it runs it. */
  #giveLate(url: string, made: Made, otherwise: Reason): undefined {
    const expected = this.#late.expect(fileURLToPath(url), made.code, () => this.#gives(url, made));
    if (!expected) this.tally.leave(otherwise, url);
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
    return true;
  }

  #attempt(url: string, loaded: LoadResult): Made | Reason {
    try {
      const candidate = candidateOf(url, loaded);
      if (typeof candidate === 'string') return candidate;
      const entry = this.#entryOf(candidate, url);
      if ('left' in entry) return entry.left;
      if (!isMapWanted()) return entry;
      const map = entry.map.read();
      return map === undefined ? 'error' : { ...entry, code: withMap(entry.code, map) };
    } catch {
      return 'error';
    }
  }

  #entryOf(candidate: Candidate, url: string): Entry {
    const { text, file, readings } = candidate;
    const input = inputMap(text, file);
    const entries =
      this.cache && new CachedEntry(this.cache, [url, JSON.stringify(readings), text, input?.json ?? '']);
    const known = entries?.read();
    if (known !== undefined) {
      this.tally.fromCache++;
      return known;
    }
    const made = this.#compiled(candidate, url, input);
    return entries ? entries.write(made) : made;
  }

  #compiled({ file, text, readings }: Candidate, url: string, input: InputMap | undefined): Entry {
    let inner: SourceMap | undefined;
    try {
      inner = input?.parse();
    } catch {
      return { left: 'unusable source map' };
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
    if (typeof made === 'string') return { left: made };
    const map = JSON.stringify(made.map);
    return { ...made, map: { characters: map.length, held: true, read: () => map } };
  }
}

/** What a module has in its file; without a source where that cannot be read, and for what is not a file. */
function readAgain(url: string, loaded: LoadResult): LoadResult {
  try {
    return { ...loaded, source: readFileSync(fileURLToPath(url)) };
  } catch {
    return loaded;
  }
}

/** How V8 names it: as an ES module, and as CommonJS. */
function namesOf(url: string): readonly string[] {
  return [url, fileURLToPath(url)];
}

/** How a map in a file names that file. */
function nameOf(url: string): string {
  return url.replace(/[?#].*$/, '').replace(/^.*\//, './');
}

import type { CompiledMap } from '../tasks/sites/compiled-maps.js';
import type { Reason } from './candidate.js';
import type { DiskCache } from './disk-cache.js';
import type { Counts } from './tally.js';

/** What becomes of a module: code with the map that leads back from it, or why there is none. */
export type Entry = (Counts & { code: string; map: CompiledMap }) | { left: Reason };

/** The first line of an entry; the code follows. Not to try again what cannot be compiled is worth as much. */
type Head = (Counts & { mapCharacters: number }) | { left: Reason };

/** What the cache keeps of one module. The map lies apart: it is longer than the code, and seldom asked for. */
export class CachedEntry {
  readonly #key: string;
  readonly #mapKey: string;

  constructor(
    private readonly cache: DiskCache,
    parts: readonly string[],
  ) {
    this.#key = cache.keyOf(parts);
    this.#mapKey = cache.keyOf(['map', ...parts]);
  }

  read(): Entry | undefined {
    const text = this.cache.read(this.#key);
    if (text === undefined) return undefined;
    const end = text.indexOf('\n');
    const head = JSON.parse(text.slice(0, end)) as Head;
    return 'left' in head
      ? head
      : { ...head, code: text.slice(end + 1), map: this.#mapOnDisk(head.mapCharacters) };
  }

  /** Gives the entry as it is to be kept in memory: with the map left on the disk, if it is there. */
  write(entry: Entry): Entry {
    if ('left' in entry) {
      this.cache.write(this.#key, `${JSON.stringify({ left: entry.left } satisfies Head)}\n`);
      return entry;
    }
    const { functions, awaits, code, map } = entry;
    const wroteMap = this.cache.write(this.#mapKey, map.read() ?? '');
    if (!wroteMap) return entry;
    const head: Head = { functions, awaits, mapCharacters: map.characters };
    this.cache.write(this.#key, `${JSON.stringify(head)}\n${code}`);
    return { ...entry, map: this.#mapOnDisk(map.characters) };
  }

  #mapOnDisk(characters: number): CompiledMap {
    return { characters, held: false, read: () => this.cache.read(this.#mapKey) };
  }
}

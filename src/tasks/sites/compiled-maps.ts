import { BoundedMap } from '../../base/bounded-map.js';

/** The map from what runs in place of a script's file to what its author wrote. */
export interface CompiledMap {
  /** Of its text. */
  readonly characters: number;
  /** Whether the text is in memory; else it is read when it is asked for. */
  readonly held: boolean;
  /** The text, JSON; undefined where it is gone. Never throws. */
  read(): string | undefined;
}

const MAPS_KEPT = 10_000;
const CHARACTERS_HELD = 64 * 1024 * 1024;

let characters = 0;
const heldBy = ({ held, characters: length }: CompiledMap) => (held ? length : 0);
const maps = new BoundedMap<string, CompiledMap>(MAPS_KEPT, (_script, map) => {
  characters -= heldBy(map);
});

/** Undefined for a script (an absolute path) that runs as its file has it. */
export function compiledMap(script: string): CompiledMap | undefined {
  return maps.get(script);
}

export function setCompiledMap(script: string, map: CompiledMap): void {
  const before = maps.get(script);
  characters += heldBy(map) - (before ? heldBy(before) : 0);
  if (characters > CHARACTERS_HELD) {
    maps.clear();
    characters = heldBy(map);
  }
  maps.set(script, map);
}

export function dropCompiledMap(script: string): void {
  const map = maps.get(script);
  if (map === undefined) return;
  characters -= heldBy(map);
  maps.delete(script);
}

import { BoundedMap } from '../../base/bounded-map.js';

const SOURCES_KEPT = 5_000;
const CHARACTERS_KEPT = 64 * 1024 * 1024;

let characters = 0;
const sources = new BoundedMap<string, string>(SOURCES_KEPT, (_script, text) => {
  characters -= text.length;
});

/**
 * The text that runs in place of a script's file (an absolute path): its last line holds the map to what the author
 * wrote. V8 keeps the text anyway; this holds the same one.
 */
export function compiledSource(script: string): string | undefined {
  return sources.get(script);
}

export function setCompiledSource(script: string, text: string): void {
  characters += text.length - (sources.get(script)?.length ?? 0);
  if (characters > CHARACTERS_KEPT) {
    sources.clear();
    characters = text.length;
  }
  sources.set(script, text);
}

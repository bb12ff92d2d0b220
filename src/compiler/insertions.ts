import type { Libraries } from './libraries.js';

/**
 * Stand around each insertion, so that `Function.prototype.toString` can take them out again. Both are white space
 * to JavaScript, and nobody writes them.
 */
export const OPEN = '\v';
export const CLOSE = '\f';

interface Insertion {
  at: number;
  text: string;
}

/** Text to be inserted. Of what falls on one place, what was added first stands first. */
export class Insertions {
  readonly #all: Insertion[] = [];

  add(at: number, text: string): void {
    this.#all.push({ at, text });
  }

  /** Before all else that falls on its place. */
  addFirst(at: number, text: string): void {
    this.#all.unshift({ at, text });
  }

  get any(): boolean {
    return this.#all.length > 0;
  }

  apply({ MagicString }: Libraries, source: string, file: string): { code: string; map: object } {
    const rewritten = new MagicString(source);
    for (const { at, text } of this.#all) rewritten.appendLeft(at, `${OPEN}${text}${CLOSE}`);
    return { code: rewritten.toString(), map: rewritten.generateMap({ source: file, hires: 'boundary' }) };
  }
}

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

/** Text to be inserted. What is added first stands first where two fall on one place. */
export class Insertions {
  readonly #all: Insertion[] = [];

  add(at: number, text: string): void {
    this.#all.push({ at, text });
  }

  /** Stands before everything that was added for this place. */
  addFirst(at: number, text: string): void {
    const index = this.#all.findIndex((insertion) => insertion.at === at);
    this.#all.splice(index < 0 ? this.#all.length : index, 0, { at, text });
  }

  apply({ MagicString }: Libraries, source: string, file: string): { code: string; map: object } {
    const rewritten = new MagicString(source);
    for (const { at, text } of this.#all) rewritten.appendLeft(at, `${OPEN}${text}${CLOSE}`);
    return { code: rewritten.toString(), map: rewritten.generateMap({ source: file, hires: 'boundary' }) };
  }
}

/** Programs as trees of what can be left out, so that a program that shows a fault can be made smaller. */

/** A statement or a function: text, with lists of pieces between where it has bodies. */
export interface Piece {
  readonly parts: readonly (string | readonly Piece[])[];
}

export interface AsyncProgram {
  /** Of what Node would take it for: a module has its `await`s at top level too. */
  readonly format: 'module' | 'commonjs';
  readonly pieces: readonly Piece[];
}

export const piece = (...parts: Piece['parts']): Piece => ({ parts });

export function sourceText({ pieces }: AsyncProgram): string {
  return `${textOf(pieces)}\n`;
}

function textOf(pieces: readonly Piece[]): string {
  return pieces
    .map(({ parts }) => parts.map((part) => (typeof part === 'string' ? part : textOf(part))).join(''))
    .join('\n');
}

export function countPieces(pieces: readonly Piece[]): number {
  let count = 0;
  for (const { parts } of pieces) {
    count++;
    for (const part of parts) if (typeof part !== 'string') count += countPieces(part);
  }
  return count;
}

/** The tree without the `n`th piece, counted in the order of the text; what was in it goes too. */
export function without(pieces: readonly Piece[], n: number): Piece[] {
  let index = 0;
  const walk = (list: readonly Piece[]): Piece[] => {
    const kept: Piece[] = [];
    for (const { parts } of list) {
      const own = index++;
      const walked = parts.map((part) => (typeof part === 'string' ? part : walk(part)));
      if (own !== n) kept.push({ parts: walked });
    }
    return kept;
  };
  return walk(pieces);
}

import { type AsyncProgram, countPieces, without } from './piece.js';

/**
 * The smallest program reached by leaving out one piece after another that still fails. `fails` is asked some hundred
 * times at most.
 */
export async function shrink(
  program: AsyncProgram,
  fails: (program: AsyncProgram) => Promise<boolean>,
  attempts = 400,
): Promise<AsyncProgram> {
  let smallest = program;
  let left = attempts;
  for (let progress = true; progress; ) {
    progress = false;
    // from the front: the first pieces are functions, with much in them
    for (let n = 0; n < countPieces(smallest.pieces) && left > 0; left--) {
      const candidate = { ...smallest, pieces: without(smallest.pieces, n) };
      if (await fails(candidate)) {
        smallest = candidate;
        progress = true;
      } else n++;
    }
  }
  return smallest;
}

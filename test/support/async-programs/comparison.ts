/** Runs random programs both ways and makes those that differ small. */
import { asyncProgram } from './generator.js';
import { type AsyncProgram, sourceText } from './piece.js';
import { runProgram, type Transform } from './run.js';
import { shrink } from './shrink.js';

export interface Failure {
  seed: number;
  /** The smallest program found that still differs. */
  source: string;
  bare: readonly string[];
  transformed: readonly string[];
}

export interface Comparison {
  programs: number;
  /** Programs whose source the transform left as it was. */
  unchanged: number;
  lines: number;
  failures: Failure[];
}

export interface ComparisonOptions {
  firstSeed: number;
  programs: number;
  folder: string;
  /** Stop after so many programs that differ. */
  mostFailures?: number;
}

export async function compare(transform: Transform, options: ComparisonOptions): Promise<Comparison> {
  const { firstSeed, programs, folder, mostFailures = 3 } = options;
  const result: Comparison = { programs: 0, unchanged: 0, lines: 0, failures: [] };
  const both = async (program: AsyncProgram) => {
    const source = sourceText(program);
    const bare = await runProgram(source, program.format, folder, (text) => text);
    let same = false;
    const transformed = await runProgram(source, program.format, folder, (text, file, format) => {
      const code = transform(text, file, format);
      same = code === text;
      return code;
    });
    return { bare, transformed, same, equal: bare.join('\n') === transformed.join('\n') };
  };
  for (let seed = firstSeed; seed < firstSeed + programs; seed++) {
    const program = asyncProgram(seed);
    const { bare, same, equal } = await both(program);
    result.programs++;
    result.lines += bare.length;
    if (same) result.unchanged++;
    if (equal) continue;
    const smallest = await shrink(program, async (candidate) => {
      const { bare, equal } = await both(candidate);
      // without what it calls a program fails in another way
      return !equal && !bare.some((line) => line.includes(' is not defined'));
    });
    result.failures.push({ seed, source: sourceText(smallest), ...(await both(smallest)) });
    if (result.failures.length >= mostFailures) break;
  }
  return result;
}

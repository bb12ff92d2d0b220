/**
 * Runs tests one by one as its parent sends them, both ways: `host.js CHECKOUT COMPILER`. A process of its own, since a
 * test may bring its host down.
 */
import { pathToFileURL } from 'node:url';
import { type Compiler, execute, passed, sourceOf, type Transform } from './execution.js';
import { differences } from './observation.js';
import type { Test262 } from './selection.js';

export type Verdict = {
  /** Whether test262 is content with the test as it is. */
  passes: boolean;
  /** Why nothing was compiled: then there is nothing to compare. */
  unchanged?: string;
  different: readonly string[];
};

/** `compiling`: the test as it is has been run, what follows is about the compiled one. */
export type HostMessage = { phase: 'bare' | 'compiling' } | { verdict: Verdict };

const [checkout, compilerFile] = process.argv.slice(2) as [string, string];
const compiler = (await import(pathToFileURL(compilerFile).href)) as Compiler;
const say = (message: HostMessage) => process.send?.(message);

process.on('message', (test: Test262) => void run(test));
process.on('disconnect', () => process.exit());

async function run(test: Test262): Promise<void> {
  const bare = await execute(checkout, test, (source) => source, compiler.prepare);
  const passes = passed(sourceOf(checkout, test).frontmatter, bare);
  say({ phase: 'compiling' });
  const reasons: string[] = [];
  let compiled = 0;
  const transform: Transform = (source, file, format) => {
    const result = compiler.compile({ source, file, format, language: 'js' });
    if ('unchanged' in result) {
      reasons.push(result.unchanged);
      return source;
    }
    compiled++;
    return result.code;
  };
  let different: string[];
  try {
    different = differences(bare, await execute(checkout, test, transform, compiler.prepare));
  } catch (error) {
    different = [`the compiler threw: ${error instanceof Error ? error.stack : String(error)}`];
  }
  say({
    verdict: { passes, different, ...(compiled === 0 ? { unchanged: reasons[0] ?? 'no source' } : {}) },
  });
}

/** What the harness must notice: used by its own test alone. */
import type { CompileInput, CompileResult } from '../../../src/compiler/compile.js';

export function compile({ source }: CompileInput): CompileResult {
  const code = source
    .replace('await undefined', 'await (await undefined)')
    .replace('await (async', 'await await (async')
    .replace('{ await }', '{}')
    .replace('async function f() {}', '\n');
  return { code, map: {}, functions: 1, awaits: 1, skipped: {} };
}

export function prepare(): void {}

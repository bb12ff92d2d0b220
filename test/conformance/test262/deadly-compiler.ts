/** Ends the process, as a defect of the engine under it could: used by the harness's own test alone. */
import type { CompileResult } from '../../../src/compiler/compile.js';

export function compile(): CompileResult {
  process.exit(7);
}

export function prepare(): void {}

/** Runs one program, as it is or transformed. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import vm from 'node:vm';
import { ProgramKit } from './kit.js';

export type Format = 'module' | 'commonjs';
/** Gives the code that is run in place of a source. `file` tells its format by its name. */
export type Transform = (source: string, file: string, format: Format) => string;

/** Where a module's own names come from; on its first line, so that it counts as part of the program. */
const KIT = Symbol.for('async-programs.kit');
const NAMES = Object.keys(new ProgramKit(String).names());
const PREFIX = `const { ${NAMES.join(', ')} } = globalThis[Symbol.for('async-programs.kit')]; `;

let unhandled: ((reason: unknown) => void) | undefined;
let runs = 0;

/** A place for programs to lie in, and for what goes wrong in them. One a process. */
export function openPrograms(): { folder: string; close: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'async-programs-'));
  const listener = (reason: unknown) => unhandled?.(reason);
  process.on('unhandledRejection', listener);
  return {
    folder,
    close: () => {
      process.off('unhandledRejection', listener);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** What a program did, line by line, each with the turn of the microtask queue it was done in. */
export async function runProgram(
  source: string,
  format: Format,
  folder: string,
  transform: Transform,
): Promise<readonly string[]> {
  const file = join(folder, `program-${++runs}.${format === 'module' ? 'mjs' : 'cjs'}`);
  const kit = new ProgramKit((stack) => comparable(stack, file));
  unhandled = (reason) => kit.say(['unhandled', reason]);
  try {
    const code = transform(format === 'module' ? PREFIX + source : source, file, format);
    if (format === 'module') await importModule(code, file, kit);
    else callFunction(code, file, kit);
    kit.start();
    await kit.finished;
    // what nobody handled is told of after the microtasks
    await new Promise(setImmediate);
  } catch (error) {
    kit.say(['thrown', error instanceof SyntaxError ? error.message : error]);
  }
  unhandled = undefined;
  return kit.lines;
}

async function importModule(code: string, file: string, kit: ProgramKit): Promise<void> {
  writeFileSync(file, code);
  Object.defineProperty(globalThis, KIT, { value: kit.names(), configurable: true });
  try {
    // one that was cut off waits for ever
    await Promise.race([import(pathToFileURL(file).href), kit.finished]);
  } finally {
    rmSync(file);
  }
}

function callFunction(code: string, filename: string, kit: ProgramKit): void {
  const names = kit.names();
  const run = vm.compileFunction(code, NAMES, { filename });
  run.call({}, ...NAMES.map((name) => names[name]));
}

/** Functions and lines, without columns and without what lies outside the program. */
function comparable(stack: string, file: string): string {
  return stack
    .split('\n')
    .filter((line) => line.includes(file))
    .map((line) =>
      line
        .trim()
        .replaceAll(pathToFileURL(file).href, '')
        .replaceAll(file, '')
        .replace(/:(\d+):\d+/, ':$1'),
    )
    .join(' < ');
}

import type { CompileInput } from './compile.js';

/** What the runtime is told of a module: where its functions begin and where they wait. */
export interface ModuleTable {
  /** Of each function: its name, empty where it has none. */
  names: string[];
  /** Line and column of each function, from 1. */
  functions: number[];
  /** Number, line and column of each place that waits, from 1. Calls are numbered with them. */
  waits: number[];
  /** Where a module was made of several files: all of them, and by number those of the functions and the waits. */
  files?: string[];
  functionFiles?: number[];
  waitFiles?: number[];
}

/** Numbers the functions, waits and calls of a module. */
export class TableBuilder {
  readonly #table: ModuleTable = { names: [], functions: [], waits: [] };
  #sites = 0;

  get functions(): number {
    return this.#table.names.length;
  }

  get waits(): number {
    return this.#table.waits.length / 3;
  }

  get sites(): number {
    return this.#sites;
  }

  addFunction(name: string, line: number, column: number): number {
    this.#table.names.push(name);
    this.#table.functions.push(line, column);
    return this.functions - 1;
  }

  addWait(line: number, column: number): number {
    this.#table.waits.push(this.#sites, line, column);
    return this.#sites++;
  }

  addCall(): number {
    return this.#sites++;
  }

  /** The whole with its places in what the author wrote, and the file that holds them, or the first of several. */
  finish(file: string, original: CompileInput['original']): { file: string; text: string } {
    const { names, functions, waits } = this.#table;
    if (original === undefined) return { file, text: JSON.stringify(this.#table) };
    const files: string[] = [];
    // moves each place in `places` to its original; `width` numbers each, line and column last
    const moved = (places: readonly number[], width: number) => {
      const to = [...places];
      const numbers: number[] = [];
      for (let at = width - 2; at < to.length; at += width) {
        const found = original.placeOf(to[at] as number, to[at + 1] as number);
        const name = found?.file ?? file;
        if (!files.includes(name)) files.push(name);
        numbers.push(files.indexOf(name));
        if (found) [to[at], to[at + 1]] = [found.line, found.column];
      }
      return { places: to, numbers };
    };
    const [movedFunctions, movedWaits] = [moved(functions, 2), moved(waits, 3)];
    const table: ModuleTable = {
      names: names.map((name, index) =>
        original.nameOf(name, functions[index * 2] as number, functions[index * 2 + 1] as number),
      ),
      functions: movedFunctions.places,
      waits: movedWaits.places,
    };
    const several = { files, functionFiles: movedFunctions.numbers, waitFiles: movedWaits.numbers };
    return {
      file: files[0] ?? file,
      text: JSON.stringify(files.length > 1 ? { ...table, ...several } : table),
    };
  }
}

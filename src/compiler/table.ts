/** What the runtime is told of a module: where its functions begin and where they wait. */
export interface ModuleTable {
  /** Of each function: its name, empty where it has none. */
  names: string[];
  /** Line and column of each function, from 1. */
  functions: number[];
  /** Number, line and column of each place that waits, from 1. Calls are numbered with them. */
  waits: number[];
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

  toString(): string {
    return JSON.stringify(this.#table);
  }
}

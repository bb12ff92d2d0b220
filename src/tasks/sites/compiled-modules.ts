import type { ModuleTable } from '../../compiler/table.js';
import { type Birth, birthOf } from '../birth.js';
import type { Site } from './site-table.js';
import { addBundledFile } from './source-maps.js';

interface Module {
  readonly file: string;
  /** The numbers of its functions and of its places begin here. */
  readonly functionBase: number;
  readonly siteBase: number;
  table: string | ModuleTable;
}

/** Places where one function was called from, at most. */
const CALLERS = 64;

/** An async function of a compiled module: what its calls have in common, by where they stand. */
export class CompiledFunction {
  /** Of a call from nobody knows where, or by a library. */
  readonly birth: Birth;
  readonly #births = new Map<number, Birth>();
  /** How many more calls from unknown places are taken for calls by a library. */
  patience = 0;
  /** How many the next time. */
  nextPatience = 1;

  constructor(readonly definition: Site) {
    this.birth = this.birthAt(definition);
  }

  birthAt(site: Site, stack?: readonly Site[]): Birth {
    const { definition } = this;
    const name = definition.functionName ?? '';
    return birthOf({
      kind: 'async_function',
      type: 'PROMISE',
      name,
      ownership: 'user',
      site,
      definition,
      stack,
    });
  }

  /** Of a call that was announced by `mark`, once such a one was looked at. */
  known(mark: number): Birth | undefined {
    const last = lastAt[mark];
    return last !== undefined && last.definition === this.definition ? last : this.#known(mark);
  }

  #known(mark: number): Birth | undefined {
    const birth = this.#births.get(mark);
    if (birth !== undefined) lastAt[mark] = birth;
    return birth;
  }

  learn(mark: number, birth: Birth): void {
    if (this.#births.size >= CALLERS) this.#births.clear();
    this.#births.set(mark, birth);
    lastAt[mark] = birth;
  }
}

/** What was last called from each place: by its number. */
const lastAt: (Birth | undefined)[] = [undefined];
const modules: Module[] = [];
const functions: CompiledFunction[] = [];
const waits = new Map<number, Site>();
/** 0 is no place. */
let nextSite = 1;
let nextFunction = 0;

/** Takes in a module's table. Gives the numbers that its places and its functions begin with. */
export function addCompiledModule(
  file: string,
  table: string,
  functionCount: number,
  siteCount: number,
): { siteBase: number; functionBase: number } {
  const module: Module = { file, table, functionBase: nextFunction, siteBase: nextSite };
  modules.push(module);
  addBundledFile(file);
  nextFunction += functionCount;
  nextSite += siteCount;
  while (lastAt.length < nextSite) lastAt.push(undefined);
  return module;
}

export function compiledModuleCount(): number {
  return modules.length;
}

export function compiledFunction(number: number): CompiledFunction {
  return functions[number] ?? define(number);
}

function define(number: number): CompiledFunction {
  const module = moduleOf(number, 'functionBase');
  const { names, functions: places, files, functionFiles } = tableOf(module);
  for (let index = 0; index < names.length; index++) {
    const line = places[index * 2] ?? 0;
    const column = places[index * 2 + 1] ?? 0;
    const file = files?.[functionFiles?.[index] ?? 0] ?? module.file;
    const definition = siteAt(file, names[index] || null, line, column);
    functions[module.functionBase + index] = new CompiledFunction(definition);
  }
  return functions[number] as CompiledFunction;
}

/** Where the place of a number is at which a function waits; undefined where it is none. */
export function waitSite(number: number): Site | undefined {
  if (number === 0) return undefined;
  const known = waits.get(number);
  if (known !== undefined) return known;
  const module = moduleOf(number, 'siteBase');
  const { waits: places, files, waitFiles } = tableOf(module);
  for (let at = 0; at < places.length; at += 3) {
    if (places[at] !== number - module.siteBase) continue;
    const file = files?.[waitFiles?.[at / 3] ?? 0] ?? module.file;
    const site = siteAt(file, null, places[at + 1] ?? 0, places[at + 2] ?? 0);
    waits.set(number, site);
    return site;
  }
  return undefined;
}

function siteAt(file: string, functionName: string | null, line: number, column: number): Site {
  return {
    functionName,
    file,
    line,
    column,
    definitionLine: line,
    definitionColumn: column,
    origin: 'user',
    written: true,
  };
}

function moduleOf(number: number, base: 'functionBase' | 'siteBase'): Module {
  let low = 0;
  let high = modules.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((modules[middle] as Module)[base] <= number) low = middle;
    else high = middle - 1;
  }
  return modules[low] as Module;
}

/** Read when the first task of a module's is created. */
function tableOf(module: Module): ModuleTable {
  if (typeof module.table === 'string') {
    module.table = JSON.parse(module.table) as ModuleTable;
    module.table.files?.forEach(addBundledFile);
  }
  return module.table;
}

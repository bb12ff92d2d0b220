import { RUNTIME_SLOT } from '../../compiler/names.js';
import { addCompiledModule, compiledModuleCount } from '../../tasks/sites/compiled-modules.js';
import { calls } from './calls.js';
import { hideInsertions } from './function-text.js';

type Attach = (runtime: typeof calls, siteBase: number, functionBase: number) => void;
/** As the compiler's preamble writes it. */
type Arrival = readonly [
  file: string,
  table: string,
  functionCount: number,
  siteCount: number,
  attach: Attach,
];

const SLOT = Symbol.for(RUNTIME_SLOT);
const listeners = new Set<() => void>();

/** Takes in compiled modules: those that were loaded before, and from now on each as it is loaded. */
class CompiledModules {
  push([file, table, functionCount, siteCount, attach]: Arrival): void {
    const { siteBase, functionBase } = addCompiledModule(file, table, functionCount, siteCount);
    attach(calls, siteBase, functionBase);
    if (compiledModuleCount() > 1) return;
    hideInsertions();
    for (const listener of listeners) listener();
  }
}

/** Opens the slot through which compiled code finds the runtime. It stays open: code that was compiled stays too. */
export function openSlot(): void {
  const slots = globalThis as unknown as Record<symbol, unknown>;
  const waiting = slots[SLOT];
  if (waiting !== undefined && !Array.isArray(waiting)) return;
  const modules = new CompiledModules();
  Object.defineProperty(globalThis, SLOT, { value: modules, configurable: true, writable: true });
  for (const arrival of (waiting ?? []) as Arrival[]) modules.push(arrival);
}

/** Calls back when the first compiled module arrives. */
export function onFirstModule(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

import { RUNTIME_SLOT } from '../../compiler/names.js';
import { addCompiledModule, compiledModuleCount } from '../../tasks/sites/compiled-modules.js';
import type { Calls } from './calls.js';
import { hideInsertions } from './function-text.js';

type Attach = (runtime: Calls, siteBase: number, functionBase: number) => void;
/** As the compiler's preamble writes it. */
type Arrival = readonly [
  file: string,
  table: string,
  functionCount: number,
  siteCount: number,
  attach: Attach,
];

interface Attached {
  attach: Attach;
  siteBase: number;
  functionBase: number;
}

const SLOT = Symbol.for(RUNTIME_SLOT);
const listeners = new Set<() => void>();
const attached: Attached[] = [];
let told: Calls | undefined;

/** Takes in compiled modules: those that were loaded before, and from now on each as it is loaded. */
class CompiledModules {
  push([file, table, functionCount, siteCount, attach]: Arrival): void {
    const { siteBase, functionBase } = addCompiledModule(file, table, functionCount, siteCount);
    attached.push({ attach, siteBase, functionBase });
    if (told !== undefined) attach(told, siteBase, functionBase);
    if (compiledModuleCount() > 1) return;
    hideInsertions();
    for (const listener of listeners) listener();
  }
}

/**
 * Opens the slot through which compiled code finds the runtime, and has it tell `calls` from now on. It stays open: code
 * that was compiled stays too.
 */
export function openSlot(calls: Calls): void {
  if (told !== calls) {
    told = calls;
    for (const { attach, siteBase, functionBase } of attached) attach(calls, siteBase, functionBase);
  }
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

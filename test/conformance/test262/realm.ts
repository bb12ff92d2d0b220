/** A fresh world of JavaScript for one run of one test, with what test262 expects of its host. */
import vm from 'node:vm';

export interface Realm {
  context: vm.Context;
  /** What the test printed. */
  printed: string[];
}

const { DONT_CONTEXTIFY } = vm.constants as unknown as { DONT_CONTEXTIFY?: vm.Context };

/** `prepare` puts into a realm what compiled code looks for. */
export function createRealm(prepare: (global: object) => void): Realm {
  const context = vm.createContext(DONT_CONTEXTIFY ?? {});
  const global = vm.runInContext('globalThis', context) as Record<string, unknown>;
  const printed: string[] = [];
  prepare(global);
  define(global, 'print', (text: unknown) => void printed.push(String(text)));
  define(global, '$262', hostObject(global, context, prepare));
  return { context, printed };
}

function hostObject(global: object, context: vm.Context, prepare: (global: object) => void): object {
  return {
    global,
    createRealm: () => (createRealm(prepare).context as { $262: object }).$262,
    evalScript: (code: string) => vm.runInContext(code, context),
    detachArrayBuffer: (buffer: ArrayBuffer) => void structuredClone(buffer, { transfer: [buffer] }),
    gc: () => globalThis.gc?.(),
  };
}

function define(global: object, name: string, value: unknown): void {
  Object.defineProperty(global, name, { value, writable: true, configurable: true, enumerable: false });
}

import Module from 'node:module';
import { BoundedMap } from '../base/bounded-map.js';
import { attempt } from '../base/guard.js';
import type { Stop } from '../types.js';

type Run = (this: ModuleObject, text: string, file: string, format: string) => unknown;

interface ModuleObject {
  filename?: string;
}

interface Late {
  code: string;
  taken: () => void;
}

const EXPECTED_AT_MOST = 1000;

/** The parts of `node:module` that are looked at; Node's types have neither. */
const { prototype, _cache } = Module as unknown as {
  prototype: { _compile: Run };
  _cache: Record<string, unknown>;
};

/**
 * For CommonJS whose text Node takes from the file, whatever a load hook gives: beside hooks of `module.register` a
 * text given to an imported module costs it `require.cache`, and `require` no longer passes those who patch it.
 * Node runs every such module by `module._compile(text, file, format)`. While one is expected this property gives,
 * for that module, a function with the compiled text bound to it: that is no frame in any stack. Then it is as before.
 */
export class LateSources {
  readonly #expected = new BoundedMap<string, Late>(EXPECTED_AT_MOST);
  #restore: Stop | undefined;

  /** Node will run `code` for that file, and call `taken` right before, unless it runs or has run already. False where it cannot. */
  expect(file: string, code: string, taken: () => void): boolean {
    if (_cache[file] !== undefined) return true;
    if (!this.#watch()) return false;
    this.#expected.set(file, { code, taken });
    return true;
  }

  stop(): void {
    this.#expected.clear();
    this.#restore?.();
  }

  #watch(): boolean {
    if (this.#restore !== undefined) return true;
    const found = Object.getOwnPropertyDescriptor(prototype, '_compile');
    if (typeof found?.value !== 'function' || found.configurable !== true || found.writable !== true)
      return false;
    const original: Run = found.value;
    const put = (value: unknown) => {
      this.#restore = undefined;
      Object.defineProperty(prototype, '_compile', { ...found, value });
    };
    const forget = () => this.#expected.clear();
    const take = (module: ModuleObject) => this.#take(module.filename);
    Object.defineProperty(prototype, '_compile', {
      configurable: true,
      enumerable: found.enumerable === true,
      get(this: ModuleObject) {
        const code = take(this);
        return code === undefined ? original : original.bind(this, code, this.filename as string, 'commonjs');
      },
      set(this: ModuleObject, value: unknown) {
        if (this !== (prototype as unknown)) {
          Object.defineProperty(this, '_compile', { ...found, value });
          return;
        }
        forget();
        put(value);
      },
    });
    this.#restore = () => put(original);
    return true;
  }

  #take(file: string | undefined): string | undefined {
    const late = file === undefined ? undefined : this.#expected.get(file);
    if (late === undefined) return undefined;
    this.#expected.delete(file as string);
    if (this.#expected.size === 0) this.#restore?.();
    attempt('the count of compiled modules', late.taken);
    return late.code;
  }
}

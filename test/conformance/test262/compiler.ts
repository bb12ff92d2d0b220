/** The compiler as the hosts of test262 load it. */
import { CLOSE, OPEN } from '../../../src/compiler/insertions.js';

export { compile } from '../../../src/compiler/compile.js';

/** The brace that an arrow function without one was given ends its text, and with it the insertion. */
const INSERTED = new RegExp(`${OPEN}[^${CLOSE}]*(?:${CLOSE}|$)`, 'g');

/** What the runtime does for the realm it runs in: what was inserted is not in the text of a function. */
export function prepare(global: object): void {
  const { prototype } = (global as typeof globalThis).Function;
  Object.defineProperty(prototype, 'toString', {
    value: new Proxy(prototype.toString, {
      apply: (text, self, args) => (Reflect.apply(text, self, args) as string).replace(INSERTED, ''),
    }),
    writable: true,
    configurable: true,
    enumerable: false,
  });
}

import { CLOSE, OPEN } from '../../compiler/insertions.js';

/** The last may be cut off: an arrow function without a block ends within it. */
const INSERTION = new RegExp(`${OPEN}[^${CLOSE}]*(?:${CLOSE}|$)`, 'g');

let hidden = false;

/**
 * Lets `Function.prototype.toString` give the text as its author wrote it. Stays, since compiled code stays. A proxy
 * shows itself as native code, and has the name, the length and the errors of what it stands for.
 */
export function hideInsertions(): void {
  if (hidden) return;
  hidden = true;
  const native = Function.prototype.toString;
  const replaced: typeof native = new Proxy(native, {
    apply(target, self: unknown) {
      // of the replacement itself, the text of the original
      const text: string = Reflect.apply(target, self === replaced ? target : self, []);
      return text.includes(OPEN) ? text.replace(INSERTION, '') : text;
    },
  });
  const descriptor = Object.getOwnPropertyDescriptor(Function.prototype, 'toString');
  try {
    Object.defineProperty(Function.prototype, 'toString', { ...descriptor, value: replaced });
  } catch {
    // frozen: the insertions are seen, and do no harm
  }
}

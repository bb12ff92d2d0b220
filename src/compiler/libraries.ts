import { createRequire } from 'node:module';
import type * as Babel from '@babel/parser';
import type MagicString from 'magic-string';

/** The parser and the rewriter: optional peers, loaded when the first source is compiled. */
export interface Libraries {
  parser: typeof Babel;
  MagicString: typeof MagicString;
}

let loaded: Libraries | string | undefined;

/** Both libraries, or why they are not there. Loads them once, synchronously. */
export function libraries(): Libraries | string {
  loaded ??= load();
  return loaded;
}

function load(): Libraries | string {
  try {
    const require = createRequire(import.meta.url);
    return { parser: require('@babel/parser'), MagicString: require('magic-string') };
  } catch (error) {
    const text = error instanceof Error ? error.message.split('\n')[0] : String(error);
    return `@babel/parser and magic-string are needed: ${text}`;
  }
}

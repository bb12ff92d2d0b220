import { createRequire } from 'node:module';

/**
 * What we use of the parser and the rewriter: optional peers, loaded when the first source is compiled. Our own words
 * for their types, so that ours need neither package.
 */
export interface Libraries {
  parser: {
    parse(
      source: string,
      options: {
        sourceType: 'module' | 'commonjs' | 'script';
        attachComment: boolean;
        plugins: string[];
      },
    ): { program: unknown; comments: { start: number; end: number }[] };
  };
  MagicString: new (
    source: string,
  ) => {
    appendLeft(at: number, text: string): unknown;
    toString(): string;
    generateMap(options: { source: string; hires: boolean | 'boundary' }): object;
  };
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
    const rewriter = require('magic-string') as Libraries['MagicString'] & {
      default?: Libraries['MagicString'];
    };
    // since 1.0 it is an ES module
    return { parser: require('@babel/parser'), MagicString: rewriter.default ?? rewriter };
  } catch (error) {
    const text = error instanceof Error ? error.message.split('\n')[0] : String(error);
    return `@babel/parser and magic-string are needed: ${text}`;
  }
}

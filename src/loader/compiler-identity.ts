import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { VERSION } from '../version.js';

/** The optional peers that decide, beside ourselves, what becomes of a source. */
const PEERS = ['@babel/parser', 'magic-string'] as const;

/** Names all code that decides what becomes of a source: what an earlier one made is not taken for its work. */
export function compilerIdentity(): string {
  const require = createRequire(import.meta.url);
  const versions = PEERS.map((name) => {
    try {
      return `${name} ${(require(`${name}/package.json`) as { version?: unknown }).version}`;
    } catch {
      return `${name} ${require.resolve(name)}`;
    }
  });
  return [VERSION, ownCode(), ...versions].join(', ');
}

/** Of the compiler's own files: a checkout changes without its version. Empty where we lie in a bundle. */
function ownCode(): string {
  const hash = createHash('sha256');
  try {
    for (const folder of ['../compiler/', './']) {
      const url = new URL(folder, import.meta.url);
      const files = readdirSync(url).filter((name) => name.endsWith('.js'));
      for (const name of files) hash.update(readFileSync(new URL(name, url)));
    }
    return hash.digest('hex');
  } catch {
    return '';
  }
}

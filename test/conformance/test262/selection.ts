/** Which tests of a checkout are run: those that await, yield or settle promises, and all modules. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Frontmatter, frontmatterOf } from './frontmatter.js';

export type Mode = 'sloppy' | 'strict' | 'module' | 'raw';

/** A file in one of the modes that its flags allow: what test262 counts as a test. */
export interface Test262 {
  /** From the folder `test` on. */
  file: string;
  mode: Mode;
}

const FOLDERS =
  /^(language\/(module-code|import|export)|language\/(expressions|statements)\/(async-|for-await|await|dynamic-import|import\.meta|yield|generators?|using)|built-ins\/(Async|Promise|Generator|AsyncGenerator|AsyncFunction|AsyncDisposableStack|Array\/fromAsync))/;
const WORDS = /\b(async|await|using)\b/;
/** What needs other threads of the engine, or a shell of its own. */
const NEEDS_A_SHELL = /\$262\.agent\b|\batomicsHelper\.js\b|\bIsHTMLDDA\b|\bAbstractModuleSource\b/;

/** All of them, in order. `filter`: a part of the path, or nothing. */
export function selectTests(checkout: string, filter = ''): { tests: Test262[]; left: number } {
  const root = join(checkout, 'test');
  const tests: Test262[] = [];
  let left = 0;
  for (const file of readdirSync(root, { recursive: true, encoding: 'utf8' }).sort()) {
    if (!file.endsWith('.js') || file.includes('_FIXTURE') || !file.includes(filter)) continue;
    if (file.startsWith('staging/') || file.startsWith('intl402/')) continue;
    const source = readFileSync(join(root, file), 'utf8');
    const { flags } = frontmatterOf(source);
    const code = source.replace(/\/\*---[\s\S]*?---\*\//, '');
    if (!FOLDERS.test(file) && !WORDS.test(code) && !flags.has('module')) continue;
    if (NEEDS_A_SHELL.test(source)) left++;
    else for (const mode of modesOf(flags)) tests.push({ file, mode });
  }
  return { tests, left };
}

export function modesOf(flags: Frontmatter['flags']): Mode[] {
  if (flags.has('module')) return ['module'];
  if (flags.has('raw')) return ['raw'];
  if (flags.has('noStrict')) return ['sloppy'];
  if (flags.has('onlyStrict')) return ['strict'];
  return ['sloppy', 'strict'];
}

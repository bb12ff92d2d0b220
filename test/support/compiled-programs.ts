/** The programs of `test/fixtures/compiled`, and those that other tools make of them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { transformSync } from 'esbuild';
import { lexedModules } from './lexed-modules.js';
import { fixturePath } from './program.js';

const FOLDER = fixturePath('compiled');
/** Imported by others, or of no meaning by themselves. */
const PARTS = /^(modules-|stepped)|\.json$/;

export interface CompiledPrograms {
  files: Record<string, Buffer | string>;
  /** Those that are run. */
  programs: string[];
}

export function compiledPrograms(): CompiledPrograms {
  const files: CompiledPrograms['files'] = lexedModules();
  for (const name of readdirSync(FOLDER)) files[name] = readFileSync(join(FOLDER, name));
  const text = (name: string) => String(files[name]);
  // Node takes no decorators yet: what runs is what a compiler makes of them
  files['decorated.mjs'] = transformSync(text('decorated.ts'), { loader: 'ts', target: 'es2022' }).code;
  delete files['decorated.ts'];
  files['flow.min.mjs'] = transformSync(text('flow.mjs'), { minify: true, format: 'esm' }).code;
  files['errors.min.mjs'] = transformSync(text('errors.mjs').replace('c = await 2', ''), {
    minify: true,
    keepNames: true,
  }).code;
  files['flow.lowered.mjs'] = transformSync(text('flow.mjs'), {
    target: 'es2017',
    supported: { 'top-level-await': true },
  }).code;
  files['deep.mjs'] = deeplyNested(50);
  files['very-deep.mjs'] = deeplyNested(500);
  files['long-line.mjs'] = longLine(3_000_000);
  files['very-long-line.mjs'] = longLine(10_000_000);
  return { files, programs: Object.keys(files).filter((name) => !PARTS.test(name)) };
}

/** Functions in functions, each waiting for the one inside. */
function deeplyNested(depth: number): string {
  let inner = '0';
  for (let n = 0; n < depth; n++)
    inner = `await (async () => { try { return ${inner} + 1 } finally { await ${n} } })()`;
  return `console.log(${inner});\n`;
}

/** One line, as bundlers write it. */
function longLine(characters: number): string {
  const filling = `/*${'.'.repeat(980)}*/`;
  let text = 'let sum=0;';
  for (let n = 0; text.length < characters; n++)
    text += `const f${n}=async a=>{${filling}await a;return a+${n}};`;
  return `${text}for(const f of [f0,f7,f100])sum+=await f(1);console.log(sum,String(f9).length)`;
}

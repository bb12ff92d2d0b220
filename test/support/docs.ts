/**
 * Parts of the documents that come from the code. `npm run docs` writes them between their markers; a house test
 * holds that they are what the code says.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { environmentName, OPTIONS, type OptionRow } from '../../src/config/options.js';
import { REGISTER_OPTIONS } from '../../src/config/start-sdk.js';
import { REPOSITORY } from './packed.js';

type Row = OptionRow<unknown>;

/** Marker name to what stands between `<!-- name -->` and `<!-- /name -->`. */
const GENERATED: Readonly<Record<string, () => string>> = { options: optionsTable };

export function optionsTable(): string {
  const source = sourceText();
  const built = Object.entries(OPTIONS as Readonly<Record<string, Row>>).filter(([path]) =>
    isRead(path, source),
  );
  const rows = built.map(([path, option]) => {
    const names = [path, ...(option.env === false ? [] : [environmentName(path)])];
    const cells = [names.map(code).join('<br>'), allowed(option), defaultOf(option), option.doc];
    return `| ${cells.join(' | ')} |`;
  });
  const registerRows = Object.values(REGISTER_OPTIONS).map(
    ({ env, values, default: value, doc }) =>
      `| (\`register\` alone)<br>${code(env)} | ${values.map(code).join(', ')} | ${code(value)} | ${doc} |`,
  );
  return [
    '| option, environment | allowed | default | what it does |',
    '|---|---|---|---|',
    ...rows,
    ...registerRows,
  ].join('\n');
}

/** Whether anything outside the table asks for the option: what nothing reads is promised to nobody. */
export function isRead(path: string, source: string): boolean {
  return path.includes('.')
    ? source.includes(`'${path}'`)
    : new RegExp(`options[?!]?\\.${path}\\b`, 'i').test(source);
}

/** All of `src` but the options table. */
export function sourceText(): string {
  const folder = join(REPOSITORY, 'src');
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && name !== join('config', 'options.ts'))
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .join('\n');
}

/** The document with its generated parts as the code has them now. */
export function withGenerated(text: string): string {
  return Object.entries(GENERATED).reduce((document, [name, generate]) => {
    const marked = new RegExp(`<!-- ${name} -->\\n[^]*?<!-- /${name} -->`);
    return document.replace(marked, () => `<!-- ${name} -->\n${generate()}\n<!-- /${name} -->`);
  }, text);
}

function allowed({ type, values, min, max, integer }: Row): string {
  if (values) return values.map(code).join(', ');
  if (type === 'number') return `${min ?? '−∞'} to ${max ?? '∞'}${integer ? ', whole' : ''}`;
  const words: Record<string, string> = {
    boolean: '`true`, `false`',
    strings: 'list of strings',
    ignore: 'error names, predicates',
  };
  return words[type] ?? type;
}

function defaultOf({ default: value }: Row): string {
  if (value === undefined) return 'none';
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map(code).join(', ');
  return code(String(value));
}

function code(text: string): string {
  return `\`${text}\``;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const file = join(REPOSITORY, 'README.md');
  writeFileSync(file, withGenerated(readFileSync(file, 'utf8')));
}

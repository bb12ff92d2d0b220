import { existsSync, readFileSync, writeFileSync } from 'node:fs';

const README = new URL('../../../README.md', import.meta.url);

/**
 * Puts text a command has made between `<!-- name -->` and `<!-- /name -->` of README.md. A section that is not there
 * yet is added at the end, under `title`.
 */
export function writeSection(name: string, title: string, text: string, file = README): void {
  const readme = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const [open, close] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const from = readme.indexOf(open);
  const to = readme.indexOf(close);
  const section = `${open}\n\n${text}\n\n${close}`;
  const whole =
    from >= 0 && to > from
      ? readme.slice(0, from) + section + readme.slice(to + close.length)
      : `${readme}${readme === '' ? '' : '\n'}## ${title}\n\n${section}\n`;
  writeFileSync(file, whole);
}

/** Reads the names of tests and how they ended from TAP as Node, mocha and ava write it. */

export type Ending = 'passed' | 'failed' | 'skipped';

/** By path: the names of the tests around it and its own, joined by ` > `. One that occurs again gets a number. */
export function readTap(text: string): Map<string, Ending> {
  const endings = new Map<string, Ending>();
  const around: string[] = [];
  for (const line of text.split('\n')) {
    const heading = line.match(/^( *)# Subtest: (.*)$/);
    if (heading) {
      around[depthOf(heading[1] as string)] = heading[2] as string;
      continue;
    }
    const result = line.match(/^( *)(not )?ok\b *\d* *(?:- )?(.*)$/);
    if (result === null) continue;
    const [, indent = '', not, rest = ''] = result;
    const [name = '', directive = ''] = rest.split(/ # (?=SKIP|TODO|time=|EXPECTED)/i);
    const path = [...around.slice(0, depthOf(indent)), name.trim()].join(' > ');
    endings.set(
      numbered(endings, path),
      /^(skip|todo)/i.test(directive) ? 'skipped' : not ? 'failed' : 'passed',
    );
  }
  return endings;
}

const depthOf = (indent: string) => Math.floor(indent.length / 4);

function numbered(endings: ReadonlyMap<string, Ending>, path: string): string {
  if (!endings.has(path)) return path;
  let count = 2;
  while (endings.has(`${path} (${count})`)) count++;
  return `${path} (${count})`;
}

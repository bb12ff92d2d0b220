/**
 * `npm run conformance:packages -- FOLDER… [--node MAJOR] [--ways bare,hooks,compiled] [--register FILE]`: runs the
 * test suites of packages from their checkouts, dependencies installed, as they are, in debug mode, and in debug mode
 * with compiled sites, and names each test that does not end as it does bare. One that differs only now and then is
 * told apart: what differs is run again, both ways.
 */
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ensureNode } from '../../support/nodes.js';
import { runSuite, type SuiteRun, WAYS, type Way } from './suite-run.js';
import { suiteOf } from './suites.js';
import type { Ending } from './tap.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    node: { type: 'string', default: '24' },
    ways: { type: 'string', default: WAYS.join(',') },
    register: { type: 'string' },
  },
});
if (positionals.length === 0) {
  console.error('usage: npm run conformance:packages -- FOLDER… [--node MAJOR] [--ways bare,hooks,compiled]');
  process.exit(2);
}
const node = ensureNode(Number(values.node));
const ways = values.ways.split(',').filter((way): way is Way => way !== 'bare' && WAYS.includes(way as Way));
let differences = 0;
for (const folder of positionals.map((path) => resolve(path))) {
  const suite = suiteOf(folder);
  const run = async (way: Way) => {
    const result = await runSuite(suite, folder, node, way, values.register);
    writeFileSync(
      join(tmpdir(), `conformance-${suite.name.replaceAll(/[@/]/g, '')}-${way}.txt`),
      result.output,
    );
    console.log(`${suite.name}, ${way}: ${figures(result)}`);
    return result;
  };
  const bare = [await run('bare')];
  for (const way of ways) {
    const other = [await run(way)];
    if (differing(bare, other).length > 0) {
      bare.push(await run('bare'));
      other.push(await run(way));
    }
    const different = differing(bare, other);
    differences += different.length;
    for (const name of different) {
      const told = (runs: readonly SuiteRun[]) => runs.map(({ endings }) => endings.get(name) ?? 'absent');
      console.log(`  DIFFERENT ${name}: bare ${told(bare).join(', ')}; ${way} ${told(other).join(', ')}`);
    }
    const unsteady = namesOf([...bare, ...other]).filter(
      (name) =>
        !different.includes(name) && new Set([...bare, ...other].map((r) => r.endings.get(name))).size > 1,
    );
    console.log(
      `${suite.name}, ${way} against bare: ${different.length} different, ${unsteady.length} unsteady`,
    );
    for (const name of unsteady) console.log(`  unsteady ${name}`);
  }
}
process.exit(differences === 0 ? 0 : 1);

/** Tests that no run of the one ended as in any run of the other. */
function differing(bare: readonly SuiteRun[], other: readonly SuiteRun[]): string[] {
  return namesOf([...bare, ...other]).filter((name) => {
    const expected = new Set(bare.map(({ endings }) => endings.get(name)));
    return !other.some(({ endings }) => expected.has(endings.get(name)));
  });
}

function namesOf(runs: readonly SuiteRun[]): string[] {
  return [...new Set(runs.flatMap(({ endings }) => [...endings.keys()]))];
}

function figures({ endings, modules, seconds }: SuiteRun): string {
  const count = (ending: Ending) => [...endings.values()].filter((value) => value === ending).length;
  const compiled = modules > 0 ? `, ${modules} modules compiled` : '';
  return `${endings.size} tests, ${count('passed')} passed, ${count('failed')} failed, ${count('skipped')} skipped${compiled}, ${seconds.toFixed(0)} s`;
}

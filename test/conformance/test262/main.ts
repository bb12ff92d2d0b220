/**
 * `npm run conformance:test262 -- CHECKOUT [--filter PART] [--node MAJOR] [--processes N] [--compiler FILE]`: runs the
 * async, generator and module tests of a checkout of test262 as they are and compiled, and names those that differ in
 * anything that can be seen: how it ended, what it printed, the lines of its stack, the number of turns it took.
 */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ensureNode } from '../../support/nodes.js';
import { type Judged, judge } from './pool.js';
import { reportText, totalsOf } from './report.js';
import { selectTests } from './selection.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    filter: { type: 'string', default: '' },
    node: { type: 'string', default: '24' },
    processes: { type: 'string', default: '2' },
    compiler: { type: 'string', default: fileURLToPath(new URL('compiler.js', import.meta.url)) },
  },
});
const [checkout] = positionals;
if (checkout === undefined || !existsSync(join(checkout, 'harness', 'assert.js'))) {
  console.error(
    'usage: npm run conformance:test262 -- CHECKOUT [--filter PART] [--node MAJOR] [--processes N]',
  );
  process.exit(2);
}

const { tests, left } = selectTests(checkout, values.filter);
const options = {
  checkout: resolve(checkout),
  compiler: resolve(values.compiler),
  node: ensureNode(Number(values.node)),
  processes: Number(values.processes),
};
const key = ({ test }: Judged) => `${test.file} ${test.mode}`;
const all: Judged[] = [];
await judge(tests, options, (result) => {
  all.push(result);
  if ((result.verdict?.different.length ?? 0) > 0) console.error(`differs: ${key(result)}`);
  if (all.length % 2000 === 0) console.error(`${all.length} of ${tests.length} tests`);
});
// a machine that is busy can make a test late: what differs must differ twice
const suspects = all.filter(({ verdict }) => (verdict?.different.length ?? 0) > 0);
const again: Judged[] = [];
await judge(
  suspects.map(({ test }) => test),
  { ...options, processes: 1 },
  (result) => void again.push(result),
);
const steady = new Map(again.map((result) => [key(result), result]));
const final = all.map((result) => steady.get(key(result)) ?? result);
const unsteady = suspects.filter((result) => steady.get(key(result))?.verdict?.different.length === 0);
const totals = totalsOf(final, unsteady);
console.log(reportText(totals, left));
process.exit(totals.different.length === 0 ? 0 : 1);

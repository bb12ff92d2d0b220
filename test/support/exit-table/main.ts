/**
 * `npm run test:exit-table [-- --every 4]`: the whole table on this Node and on those in the cache, or of each Node
 * every fourth case, another fourth on each.
 */
import { parseArgs } from 'node:util';
import { EXTRA_MAJORS, nodeBinary, versionOf } from '../nodes.js';
import { ALL_CASES } from './cases.js';
import { compareExits } from './compare.js';

const { values } = parseArgs({ options: { every: { type: 'string', default: '1' } } });
const every = Math.max(1, Number(values.every) || 1);
const nodes = [process.execPath, ...EXTRA_MAJORS.map(nodeBinary)];
let cases = 0;
let differences = 0;
for (const [at, node] of nodes.entries()) {
  const version = versionOf(node);
  if (version === undefined) {
    console.log(`${node} is missing: npm run setup:nodes`);
    continue;
  }
  const started = Date.now();
  const result = await compareExits(
    node,
    ALL_CASES.filter((_, index) => index % every === at % every),
  );
  cases += result.cases;
  differences += result.differences.length;
  for (const difference of result.differences) console.log(difference);
  console.log(
    `${version}: ${result.cases} cases, ${result.differences.length} differences, records in ${result.recorded}, ` +
      `our frame in the stack of a listener's own error in ${result.frames} (${Math.round((Date.now() - started) / 1000)} s)`,
  );
}
console.log(`${cases} cases, ${differences} differences`);
process.exitCode = differences === 0 && cases > 0 ? 0 : 1;

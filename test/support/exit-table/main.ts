/** `npm run test:exit-table`: the whole table, on this Node and on those in the cache. */
import { EXTRA_MAJORS, nodeBinary, versionOf } from '../nodes.js';
import { ALL_CASES } from './cases.js';
import { compareExits } from './compare.js';

const nodes = [process.execPath, ...EXTRA_MAJORS.map(nodeBinary)];
let cases = 0;
let differences = 0;
for (const node of nodes) {
  const version = versionOf(node);
  if (version === undefined) {
    console.log(`${node} is missing: npm run setup:nodes`);
    continue;
  }
  const started = Date.now();
  const result = await compareExits(node, ALL_CASES);
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

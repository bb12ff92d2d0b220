/**
 * `npm run test:crashes [-- --crashes 100]`: so many crashes of nine kinds on this Node and on those in the cache, each
 * to a collector; a line per Node, and exit code 1 where one was not delivered or ended otherwise than without us.
 */
import { parseArgs } from 'node:util';
import { Collector } from '../collector.js';
import { EXTRA_MAJORS, nodeBinary, versionOf } from '../nodes.js';
import { LocalReceiver } from './local-receiver.js';
import { crashSeries, latencyText } from './series.js';

const { values } = parseArgs({ options: { crashes: { type: 'string', default: '100' } } });
const crashes = Math.max(1, Number(values.crashes) || 100);
let failures = 0;
for (const node of [process.execPath, ...EXTRA_MAJORS.map(nodeBinary)]) {
  const version = versionOf(node);
  if (version === undefined) {
    console.log(`${node} is missing: npm run setup:nodes`);
    failures++;
    continue;
  }
  const collector = await Collector.start();
  const result = await crashSeries(node, crashes, new LocalReceiver(collector));
  await collector.stop();
  failures += result.failures.length;
  for (const failure of result.failures) console.log(failure);
  console.log(
    `${version}: ${result.delivered} of ${crashes} delivered, ${result.sameEnd} of ${crashes} ended as without us; ` +
      `crash to delivered: ${latencyText(result.latenciesMs)}`,
  );
}
process.exitCode = failures === 0 ? 0 : 1;

/** `npm run demo:crash`: programs that die in five ways, and what reaches a collector. `npm run demo:crash 100` for more. */
import { Collector } from '../support/collector.js';
import { CRASH_KINDS } from '../support/crashes/crash.js';
import { LocalReceiver } from '../support/crashes/local-receiver.js';
import { crashSeries, latencyText } from '../support/crashes/series.js';

const total = Number(process.argv[2] ?? CRASH_KINDS.length);
const collector = await Collector.start();
let shown = 0;
const result = await crashSeries(process.execPath, total, new LocalReceiver(collector), ({ kind, run }) => {
  if (shown++ < CRASH_KINDS.length) {
    console.log(`${kind}: exit code ${run.code}`);
    for (const { item } of collector.logs)
      console.log(`  log    ${item.severityText} ${item.body?.stringValue}`);
    for (const { item } of collector.spans) {
      const cutOff = item.attributes?.some(({ key }) => key === 'async.span.cut_off');
      console.log(`  span   ${item.name}${cutOff ? ' (cut off)' : ''}`);
    }
    const metrics = [...new Set(collector.metrics.map(({ item }) => item.name))];
    console.log(`  metric ${metrics.join(', ')}`);
  }
  for (const received of [collector.logs, collector.spans, collector.metrics]) received.length = 0;
});
await collector.stop();
for (const failure of result.failures) console.log(failure);
console.log(
  `\n${result.delivered} of ${total} delivered, ${result.sameEnd} of ${total} with the end of a bare run`,
);
console.log(`crash to delivered: ${latencyText(result.latenciesMs)} (${process.version})`);
process.exitCode = result.delivered === total && result.sameEnd === total ? 0 : 1;

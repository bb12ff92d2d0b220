/** `npm run demo:blocked`: a program whose loop never returns, and what a collector hears of it meanwhile. */
import { attributesOf, Collector } from '../support/collector.js';
import { runProgram } from '../support/program.js';

const collector = await Collector.start();
console.log('A program enters `for (;;);` inside a request. A collector is listening.\n');
const { child, run, finished } = runProgram('sidecar/blocker.mjs', ['forever'], {
  OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
  OTEL_SERVICE_NAME: 'demo',
});
const blockedAt = await collector.until('the program', () => Number(/block (\d+)/.exec(run.stdout)?.[1]));
const [, traceId] = /trace (\w+)/.exec(run.stdout) ?? [];
/** What a busy machine did before is no part of the story. */
const told = () =>
  collector.logs.filter(({ item }) => attributesOf(item).get('code.function.name') === 'forever');
for (let seen = 0; seen < 3; ) {
  const record = await collector.until('the culprit', () => told()[seen]);
  console.log(`+${record.atMs - blockedAt} ms  ${record.item.body?.stringValue}`);
  if (seen++ === 0) {
    console.log(`         in trace ${record.item.traceId} (the request's own is ${traceId})`);
    console.log(`${attributesOf(record.item).get('code.stacktrace')}\n`);
  }
}
const gauges = collector.metrics.map(({ item }) => item.gauge?.dataPoints?.[0]?.asDouble?.toFixed(1));
console.log(`\nasync.event_loop.blocked.current, for an alert: ${gauges.join(', ')} s`);
console.log(`spans, for a backend without logs: ${collector.spans.map(({ item }) => item.name).join(', ')}`);
console.log(`\nIt is still blocked${child.exitCode === null ? '' : '?!'}. SIGTERM ends it:`);
child.kill('SIGTERM');
console.log(`ended by ${(await finished).signal}`);
await collector.stop();

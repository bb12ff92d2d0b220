/** `npm run demo:crash`: programs that die, and what reaches a collector. `npm run demo:crash 100` for the matrix. */
import { Collector } from '../support/collector.js';
import { runProgram } from '../support/program.js';

const KINDS = ['throw', 'reject', 'next-tick', 'throw-string', 'exit'];
const total = Number(process.argv[2] ?? KINDS.length);
const collector = await Collector.start();
const latencies: number[] = [];
let delivered = 0;
let sameExit = 0;
const bare = new Map<string, number | null>();

for (let i = 0; i < total; i++) {
  const kind = KINDS[i % KINDS.length] as string;
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_SERVICE_NAME: 'demo' };
  if (!bare.has(kind)) {
    const plain = await runProgram('sidecar/crasher.mjs', [kind], { ...env, PACKAGE_URL: 'none' }).finished;
    bare.set(kind, plain.code);
  }
  collector.logs.length = collector.spans.length = 0;
  const run = await runProgram('sidecar/crasher.mjs', [kind], env).finished;
  const failedAt = Number(/fails (\d+)/.exec(run.stdout)?.[1]);
  const exception = collector.logs.find(({ item }) => item.eventName === 'exception');
  const ended = collector.spans.find(({ item }) => item.name === 'already ended');
  const complete = (kind === 'exit' || exception !== undefined) && ended !== undefined;
  if (complete) {
    delivered++;
    latencies.push(ended.atMs - failedAt);
  }
  if (run.code === bare.get(kind)) sameExit++;
  if (i >= KINDS.length) continue;
  console.log(`${kind}: exit code ${run.code}`);
  if (exception) console.log(`  log   ${exception.item.severityText} ${exception.item.body?.stringValue}`);
  for (const { item } of collector.spans) {
    const cutOff = item.attributes?.some(({ key }) => key === 'async.span.cut_off');
    console.log(`  span  ${item.name}${cutOff ? ' (cut off)' : ''}`);
  }
}
await collector.stop();
latencies.sort((a, b) => a - b);
const at = (share: number) => latencies[Math.floor((latencies.length - 1) * share)];
console.log(`\n${delivered} of ${total} delivered, ${sameExit} of ${total} with the exit code of a bare run`);
console.log(
  `crash to delivered: minimum ${at(0)}, median ${at(0.5)}, maximum ${at(1)} ms (${process.version})`,
);
process.exitCode = delivered === total && sameExit === total ? 0 : 1;

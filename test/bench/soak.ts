/**
 * `npm run soak [-- --minutes 60]`: a program under a mixed load, with a collector that comes and goes, for an hour.
 * Prints what it holds in each round; fails where memory, handles, listeners, files or threads grow. `--minutes 2`
 * tries it.
 */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { attributesOf, Collector, type Misbehaviour } from '../support/collector.js';
import { packageUrl } from '../support/program.js';
import { growth, type Moment, type SoakSample } from './soak-figures.js';

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '60' } } });
const minutes = Number(values.minutes);
if (!(minutes >= 1)) throw new Error('usage: npm run soak [-- --minutes N], at least 1');
const roundMs = Math.min(30_000, (minutes * 60_000) / 12);

const MISBEHAVIOUR: Record<NonNullable<Moment['collector']>, Misbehaviour | undefined> = {
  well: undefined,
  gone: (request) => {
    request.socket.destroy();
    return true;
  },
  failing: (_, response) => {
    response.writeHead(503).end();
    return true;
  },
  silent: () => true,
};

const collector = await Collector.start();
const received = { spans: 0, metrics: 0, exceptions: 0, 'blocks, by main': 0, 'blocks, by threads': 0 };
const causes: Record<string, number> = {};
/** The collector keeps all it gets: count it and let it go. */
function count(): void {
  received.spans += collector.spans.splice(0).length;
  received.metrics += collector.metrics.splice(0).length;
  for (const { item } of collector.logs.splice(0)) {
    const attributes = attributesOf(item);
    if (attributes.get('event.name') === 'exception') received.exceptions++;
    else if (attributes.get('async.block.phase') === 'ended') {
      received[attributes.get('async.thread.id') === 0 ? 'blocks, by main' : 'blocks, by threads']++;
      const cause = String(attributes.get('async.block.cause'));
      causes[cause] = (causes[cause] ?? 0) + 1;
    }
  }
}

const program = fileURLToPath(new URL('./programs/soak-service.js', import.meta.url));
const child = spawn(process.execPath, ['--expose-gc', program, String(minutes), String(roundMs)], {
  stdio: ['ignore', 'pipe', 'inherit'],
  env: {
    ...process.env,
    NODE_OPTIONS: '',
    PACKAGE_URL: packageUrl,
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    OTEL_EXPORTER_OTLP_TIMEOUT: '2000',
    OTEL_METRICS_EXPORTER: 'otlp',
    OTEL_LOGS_EXPORTER: 'otlp',
    OTEL_METRIC_EXPORT_INTERVAL: '5000',
    OTEL_METRIC_EXPORT_TIMEOUT: '4000',
    OTEL_LOG_LEVEL: 'none',
  },
});
const ended = new Promise<string>((resolve) =>
  child.on('close', (code, signal) => resolve(String(signal ?? code))),
);
const samples: SoakSample[] = [];
let done: Moment['done'];
console.log(`Node ${process.versions.node}, ${minutes} min, a round of ${roundMs / 1_000} s a line`);
console.log('  min     rss    heap  external  listeners  files  threads  handles');
for await (const line of createInterface({ input: child.stdout })) {
  const moment = JSON.parse(line) as Moment;
  if (moment.collector !== undefined) collector.misbehave = MISBEHAVIOUR[moment.collector];
  if (moment.sample !== undefined) print(moment.sample);
  done ??= moment.done;
  count();
}
const exit = await ended;
await collector.stop();

console.log(`\nended with ${exit}; it did ${text(done ?? {})}`);
console.log(`received ${text(received)}\ncauses of blocks: ${text(causes)}\n`);
const grown = growth(samples);
for (const { name, before, after, ok } of grown) {
  console.log(
    `${name.padEnd(22)} ${before.toFixed(1)} in the second quarter, ${after.toFixed(1)} in the last${ok ? '' : ': GROWS'}`,
  );
}
const missing = Object.entries(received).filter(([, number]) => number === 0);
for (const [name] of missing) console.log(`MISSING: ${name}`);
process.exit(exit === '0' && missing.length === 0 && grown.every(({ ok }) => ok) ? 0 : 1);

function print(sample: SoakSample): void {
  samples.push(sample);
  const { minute, rssMb, heapMb, externalMb, listeners, files, threads, handles } = sample;
  const cells = [minute.toFixed(1), rssMb, heapMb, externalMb, listeners, files, threads];
  const widths = [5, 8, 8, 10, 11, 7, 9];
  console.log(cells.map((cell, i) => String(cell).padStart(widths[i] as number)).join(''), '', text(handles));
}

function text(counts: Record<string, number>): string {
  return Object.entries(counts)
    .map(([name, number]) => `${number} ${name}`)
    .join(', ');
}

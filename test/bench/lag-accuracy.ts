/**
 * How true are the lags of a loop that is blocked at known times? `npm run accuracy:lag [-- --seconds 30 --write]`
 *
 * Prints percentiles as the reference has them, as this package, `instrumentation-runtime-node` and `prom-client`
 * report them, all in one process, so that each sees the same blocks. The reference knows the blocks, and what a
 * witness saw the machine do to the loop besides. `--write` puts the table into README.md.
 */
import { spawnSync } from 'node:child_process';
import { availableParallelism, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { RuntimeNodeInstrumentation } from '@opentelemetry/instrumentation-runtime-node';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import prometheus from 'prom-client';
import { AsyncInstrumentation } from '../../src/index.js';
import { METRIC } from '../../src/semconv.js';
import { type Lagging, lag } from '../fixtures/lagging-loop.js';
import { nextTurn, sleep } from '../support/delays.js';
import { MemoryReader } from '../support/metrics.js';
import { writeSection } from '../support/readme-section.js';
import { mean, percentile, referenceLags, witness } from '../support/reference-lag.js';

const LOADS: readonly { title: string; load: Omit<Lagging, 'seconds'> }[] = [
  { title: 'blocks of 0 to 500 ms, loop blocked 79% of the time', load: { longestMs: 500, gapMs: 130 } },
  { title: 'blocks of 0 to 100 ms, loop blocked 20% of the time', load: { longestMs: 100, gapMs: 400 } },
  { title: 'blocks of 0 to 20 ms, loop blocked 50% of the time', load: { longestMs: 20, gapMs: 20 } },
  { title: 'idle', load: { longestMs: 0, gapMs: 4_000 } },
];
const FIGURES = ['mean', 'p50', 'p90', 'p99', 'max'] as const;
const TOOLS = ['reference', 'this package', 'runtime-node', 'prom-client'] as const;

type Figures = Record<(typeof FIGURES)[number], number>;
type Row = Record<(typeof TOOLS)[number], Figures>;

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '30' },
    write: { type: 'boolean', default: false },
    measure: { type: 'string' },
  },
});

if (values.measure !== undefined) {
  console.log(JSON.stringify(await measure(JSON.parse(values.measure) as Lagging)));
} else {
  const text = LOADS.map(({ title, load }) =>
    table(title, inProcess({ ...load, seconds: Number(values.seconds) })),
  );
  const load = `${(loadavg()[0] as number).toFixed(1)} on ${availableParallelism()} processors`;
  text.push(
    `Node ${process.versions.node}, ${values.seconds} s each, the load of the machine ${load} (what other processes ` +
      'take from this one is lag, and in the reference as far as a timer of 5 ms sees it); `npm run accuracy:lag`.',
  );
  console.log(`${text.join('\n\n')}\n`);
  if (values.write) writeSection('accuracy:lag', 'Accuracy of loop lag', text.join('\n\n'));
}

function inProcess(load: Lagging): Row {
  const run = spawnSync(
    process.execPath,
    [fileURLToPath(import.meta.url), '--measure', JSON.stringify(load)],
    {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  if (run.status !== 0) throw new Error(`the measuring process ended with ${run.status}`);
  return JSON.parse(run.stdout) as Row;
}

async function measure(load: Lagging): Promise<Row> {
  const [ours, theirs] = [new MemoryReader(), new MemoryReader()];
  new RuntimeNodeInstrumentation({ monitoringPrecision: 10 }).setMeterProvider(
    new MeterProvider({ readers: [theirs] }),
  );
  prometheus.collectDefaultMetrics({ eventLoopMonitoringPrecision: 10 });
  new AsyncInstrumentation({
    spans: { enabled: false },
    errors: { enabled: false },
    watchdog: { enabled: false },
    eventLoop: { windowMs: 3_600_000 },
  }).setMeterProvider(new MeterProvider({ readers: [ours] }));
  await nextTurn();
  const from = performance.now();
  const seen = witness();
  await sleep(100);
  // both empty their histograms when they are read
  await theirs.metrics();
  await prometheus.register.metrics();

  const blocks = await lag(load);
  await sleep(100);
  const lags = referenceLags([...blocks, ...seen.stop()], { from, until: performance.now() });
  const gauges = async (reader: MemoryReader): Promise<Figures> => {
    const all = await reader.metrics();
    const of = (name: string) =>
      (all.find(({ descriptor }) => descriptor.name === name)?.dataPoints[0]?.value as number) * 1_000;
    return {
      mean: of(METRIC.NODE_DELAY_MEAN),
      p50: of(METRIC.NODE_DELAY_P50),
      p90: of(METRIC.NODE_DELAY_P90),
      p99: of(METRIC.NODE_DELAY_P99),
      max: of(METRIC.NODE_DELAY_MAX),
    };
  };
  const prom = await prometheus.register.getMetricsAsJSON();
  const promOf = (figure: string) => {
    const metric = prom.find(({ name }) => name === `nodejs_eventloop_lag_${figure}_seconds`);
    return ((metric as { values?: { value: number }[] } | undefined)?.values?.[0]?.value as number) * 1_000;
  };
  return {
    reference: {
      mean: mean(lags),
      p50: percentile(lags, 0.5),
      p90: percentile(lags, 0.9),
      p99: percentile(lags, 0.99),
      max: lags.at(-1) ?? 0,
    },
    'this package': await gauges(ours),
    'runtime-node': await gauges(theirs),
    'prom-client': Object.fromEntries(FIGURES.map((figure) => [figure, promOf(figure)])) as Figures,
  };
}

function table(title: string, row: Row): string {
  const cells = [
    [title, ...TOOLS],
    ...FIGURES.map((figure) => [figure, ...TOOLS.map((tool) => `${row[tool][figure].toFixed(1)} ms`)]),
  ];
  const width = (column: number) => Math.max(...cells.map((line) => (line[column] as string).length));
  const line = (texts: string[]) =>
    `| ${texts.map((text, column) => (column === 0 ? text.padEnd(width(0)) : text.padStart(width(column)))).join(' | ')} |`;
  const rule = `|${TOOLS.reduce((all, _, column) => `${all}${'-'.repeat(width(column + 1) + 1)}:|`, `${'-'.repeat(width(0) + 2)}|`)}`;
  const [head, ...body] = cells as [string[], ...string[][]];
  return [line(head), rule, ...body.map(line)].join('\n');
}

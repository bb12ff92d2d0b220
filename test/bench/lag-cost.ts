/**
 * What loop lag costs: `npm run cost:lag [-- --rounds 5]`. Processes without and with it take turns; medians of the
 * processor time they used, which a busy machine disturbs less than it does the clock.
 */
import { spawnSync } from 'node:child_process';
import { connect, createServer, type Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { AsyncInstrumentation } from '../../src/index.js';
import { sleep } from '../support/delays.js';
import { MemoryReader } from '../support/metrics.js';

interface Cost {
  /** Processor time, milliseconds a second, or microseconds a round trip. */
  cpu: number;
  turnsPerSecond: number;
}

/** Round trips of one byte through the loop, as many a second as given; 0 lets it idle, Infinity saturates it. */
const LOADS = {
  idle: 0,
  '20 turns/s': 20,
  '200 turns/s': 200,
  '2,000 turns/s': 2_000,
  saturated: Number.POSITIVE_INFINITY,
};
type Load = keyof typeof LOADS;
const MODES = ['bare', 'lag'] as const;
const SECONDS = 5;

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    measure: { type: 'string' },
    mode: { type: 'string' },
  },
});

if (values.measure !== undefined) {
  if (values.mode === 'lag') {
    new AsyncInstrumentation({
      spans: { enabled: false },
      errors: { enabled: false },
      watchdog: { enabled: false },
      syncIo: { enabled: false },
    }).setMeterProvider(new MeterProvider({ readers: [new MemoryReader()] }));
  }
  console.log(JSON.stringify(await measure(LOADS[values.measure as Load])));
} else {
  console.log(`load            processor bare -> with lag          turns of the loop a second`);
  for (const load of Object.keys(LOADS) as Load[]) {
    const costs = { bare: [] as Cost[], lag: [] as Cost[] };
    for (let round = 0; round < Number(values.rounds); round++) {
      for (const mode of MODES) costs[mode].push(inProcess(load, mode));
    }
    const [bare, lag] = MODES.map((mode) => ({
      cpu: median(costs[mode].map(({ cpu }) => cpu)),
      turns: median(costs[mode].map(({ turnsPerSecond }) => turnsPerSecond)),
    })) as [{ cpu: number; turns: number }, { cpu: number; turns: number }];
    const unit = LOADS[load] === Number.POSITIVE_INFINITY ? 'µs a trip' : 'ms a second';
    const figures = `${bare.cpu.toFixed(2)} -> ${lag.cpu.toFixed(2)} ${unit}`;
    console.log(
      `${load.padEnd(15)} ${figures.padEnd(35)} ${bare.turns.toFixed(0)} -> ${lag.turns.toFixed(0)}`,
    );
  }
}

function inProcess(load: Load, mode: string): Cost {
  const run = spawnSync(
    process.execPath,
    [fileURLToPath(import.meta.url), '--measure', load, '--mode', mode],
    {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  return JSON.parse(run.stdout) as Cost;
}

async function measure(perSecond: number): Promise<Cost> {
  const trips = await roundTrips(perSecond);
  await sleep(1_500);
  const before = { cpu: process.cpuUsage(), at: performance.now(), trips: trips.count(), turns: turns() };
  await sleep(SECONDS * 1_000);
  const { user, system } = process.cpuUsage(before.cpu);
  const seconds = (performance.now() - before.at) / 1_000;
  const saturated = perSecond === Number.POSITIVE_INFINITY;
  const cpu = saturated
    ? (user + system) / (trips.count() - before.trips)
    : (user + system) / 1_000 / seconds;
  const turnsPerSecond = (turns() - before.turns) / seconds;
  trips.end();
  return { cpu, turnsPerSecond };
}

function turns(): number {
  return performance.nodeTiming.uvMetricsInfo.loopCount;
}

async function roundTrips(perSecond: number): Promise<{ count(): number; end(): void }> {
  if (perSecond === 0) return { count: () => 0, end: () => {} };
  let count = 0;
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket.setNoDelay());
    socket.on('data', (data) => socket.write(data));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const client = connect((server.address() as { port: number }).port, '127.0.0.1').setNoDelay();
  const saturated = perSecond === Number.POSITIVE_INFINITY;
  client.on('data', () => {
    count++;
    if (saturated) client.write('x');
  });
  let timer: NodeJS.Timeout | undefined;
  if (saturated) client.write('x');
  else {
    // each trip is about three turns of the loop: the timer's, the server's and the client's
    const trips = Math.max(1, perSecond / 3 / 100);
    const write = (left: number): void => {
      client.write('x', () => left > 1 && setImmediate(write, left - 1));
    };
    timer = setInterval(() => write(trips), Math.max(10, 3_000 / perSecond));
  }
  return {
    count: () => count,
    end: () => {
      clearInterval(timer);
      client.destroy();
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

function median(numbers: number[]): number {
  return [...numbers].sort((a, b) => a - b)[numbers.length >> 1] as number;
}

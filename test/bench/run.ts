/**
 * `npm run bench`: the await chain and the HTTP service of the performance contract, bare against off, standard and
 * debug, alternating, on the Node that runs this program. `--rounds=N` (5), `--seconds=N` a load (4), `--write` puts
 * the tables into the README.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import autocannon from 'autocannon';
import { writeSection } from '../support/readme-section.js';
import { median, ratioText, table } from './figures.js';

const number = (name: string, fallback: number) =>
  Number(process.argv.find((argument) => argument.startsWith(`--${name}=`))?.split('=')[1] ?? fallback);
const ROUNDS = number('rounds', 5);
const SECONDS = number('seconds', 4);
const program = (name: string) => fileURLToPath(new URL(`programs/${name}.js`, import.meta.url));

const CHAIN = ['bare', 'off', 'standard', 'debug'];
const HTTP = [
  { name: 'SDK alone', args: ['--mode=bare'] },
  { name: 'off', args: ['--mode=off'] },
  {
    name: 'standard, 1% sampled',
    args: ['--mode=standard', '--ratio=0.01'],
    baseline: ['--mode=bare', '--ratio=0.01'],
  },
  { name: 'standard, 100% sampled', args: ['--mode=standard'] },
  { name: 'debug', args: ['--mode=debug'] },
];

const text = [
  `Node ${process.version}, ${ROUNDS} rounds: median (lowest–highest) of the ratios within a round.`,
  'Await chain (3 async calls and 5 awaits an operation, nothing else), time against the bare program:',
  await awaitChain(),
  'HTTP service (fastify, some 25 promises and 5 ms of waiting a request), requests per second against the same with ' +
    "OpenTelemetry's SDK and HTTP instrumentation but without us:",
  await httpService(),
].join('\n\n');
console.log(text);
if (process.argv.includes('--write')) writeSection('bench', 'What does it cost?', text);

async function awaitChain(): Promise<string> {
  const times = new Map<string, number[]>(CHAIN.map((mode) => [mode, []]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const mode of CHAIN) {
      const out = execFileSync(process.execPath, [program('await-chain'), `--mode=${mode}`], {
        encoding: 'utf8',
      });
      times.get(mode)?.push((JSON.parse(out) as { value: number }).value);
    }
  }
  const bare = times.get('bare') as number[];
  const rows = [...times].map(([mode, values]) => [
    mode,
    ratioText(values, bare),
    `${median(values).toFixed(0)} ns`,
  ]);
  return table(['mode', 'ratio', 'an operation'], rows);
}

interface Load {
  perSecond: number;
  spans: number;
  taskSpans: number;
}

async function httpService(): Promise<string> {
  const loads = HTTP.map(() => ({ values: [] as Load[], baselines: [] as Load[] }));
  for (let round = 0; round < ROUNDS; round++) {
    for (const [index, { args, baseline }] of HTTP.entries()) {
      const { values, baselines } = loads[index] as (typeof loads)[number];
      if (baseline) baselines.push(await load(baseline));
      values.push(await load(args));
    }
  }
  const alone = loads[0]?.values ?? [];
  const rows = HTTP.map(({ name, baseline }, index) => {
    const { values, baselines } = loads[index] as (typeof loads)[number];
    const speeds = (all: Load[]) => all.map(({ perSecond }) => perSecond);
    const middle = (pick: (load: Load) => number) => median(values.map(pick)).toFixed(1);
    return [
      name,
      ratioText(speeds(values), speeds(baseline ? baselines : alone)),
      middle(({ perSecond }) => perSecond),
      middle(({ spans }) => spans),
      middle(({ taskSpans }) => taskSpans),
    ];
  });
  return table(['mode', 'ratio', 'requests/s', 'spans/s', 'task spans/s'], rows);
}

async function load(args: readonly string[]): Promise<Load> {
  const child = spawn(process.execPath, [program('http-service'), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = createInterface(child.stdout as NonNullable<ChildProcess['stdout']>);
  const [ready] = (await once(lines, 'line')) as [string];
  const url = `http://127.0.0.1:${(JSON.parse(ready) as { port: number }).port}/`;
  await autocannon({ url, connections: 50, duration: 1 });
  const result = await autocannon({ url, connections: 50, duration: SECONDS });
  child.kill('SIGTERM');
  const [last] = (await once(lines, 'line')) as [string];
  const { spans, taskSpans } = JSON.parse(last) as { spans: number; taskSpans: number };
  await once(child, 'exit');
  const seconds = SECONDS + 1;
  return { perSecond: result.requests.average, spans: spans / seconds, taskSpans: taskSpans / seconds };
}

/**
 * What compiled sites cost at start-up: `npm run cost:sites [-- --rounds 7 --write]`, on a Node that can compile while it
 * loads. A program of many modules starts with sites from hooks, and with compiled ones: without a cache, with an empty
 * one, with one that holds them all. They take turns; medians of processor time, which a busy machine disturbs less than
 * it does the clock. `--write` puts the table into the README.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { registerHooksOf } from '../../src/loader/node-support.js';
import { REGISTER } from '../support/application.js';
import { writeSection } from '../support/readme-section.js';
import { median, table } from './figures.js';

const MODULES = 120;
const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '7' }, write: { type: 'boolean', default: false } },
});

/** About 10 KB of code as servers have it: a third of the functions wait. */
function moduleText(index: number): string {
  const parts = [
    `import { setImmediate as turn } from 'node:timers/promises';\nconst rows${index} = new Map();\n`,
  ];
  for (let part = 0; part < 14; part++) {
    parts.push(`
/** Loads what is asked for, and keeps it. */
export async function load${part}(request, { limit = 10, offset = 0 } = {}) {
  if (!rows${index}.has(request.id)) await turn();
  const found = await Promise.all(request.items.map(async (item) => ({ item, price: await price${part}(item) })));
  for (const { item, price } of found.slice(offset, offset + limit)) rows${index}.set(item.id, price * item.count);
  return found.length > limit ? { found, next: offset + limit } : { found };
}

async function price${part}(item) {
  try {
    return (await turn(item.price)) ?? total${part}([item]);
  } catch (error) {
    throw new Error(\`no price for \${item.id}: \${error.message}\`, { cause: error });
  }
}

function total${part}(items) {
  let sum = 0;
  for (const { price = 0, count = 1 } of items) sum += price * count;
  return sum > 1_000 ? Math.round(sum * 0.9) : sum;
}
`);
  }
  return parts.join('');
}

const folder = mkdtempSync(join(tmpdir(), 'sites-start-'));
const cache = join(folder, 'cache');

function writeProgram(): number {
  mkdirSync(join(folder, 'src'));
  let bytes = 0;
  for (let index = 0; index < MODULES; index++) {
    const text = moduleText(index);
    bytes += text.length;
    writeFileSync(join(folder, 'src', `m${index}.mjs`), text);
  }
  const imports = Array.from({ length: MODULES }, (_, index) => `import './m${index}.mjs';`).join('\n');
  const report =
    'const { user, system } = process.cpuUsage(); console.log((user + system) / 1000, performance.now());';
  writeFileSync(join(folder, 'src', 'main.mjs'), `${imports}\n${report}\n`);
  return bytes;
}

interface Start {
  cpuMs: number;
  wallMs: number;
}

function start(env: Record<string, string>): Start {
  const run = spawnSync(process.execPath, ['--import', REGISTER, join(folder, 'src', 'main.mjs')], {
    encoding: 'utf8',
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      OTEL_NODE_ASYNC_START_SDK: 'false',
      OTEL_NODE_ASYNC_WATCHDOG_ENABLED: 'false',
      OTEL_NODE_ASYNC_SITES: 'compiled',
      OTEL_NODE_ASYNC_SITES_CACHE_FOLDER: cache,
      ...env,
    },
  });
  const [cpuMs, wallMs] = run.stdout.trim().split(' ').map(Number);
  if (cpuMs === undefined || wallMs === undefined) throw new Error(run.stderr);
  return { cpuMs, wallMs };
}

const MODES: readonly [name: string, run: () => Start][] = [
  ['sites from hooks', () => start({ OTEL_NODE_ASYNC_SITES: 'hooks' })],
  ['compiled, no cache', () => start({ OTEL_NODE_ASYNC_SITES_CACHE_ENABLED: 'false' })],
  [
    'compiled, first start',
    () => {
      rmSync(cache, { recursive: true, force: true });
      return start({});
    },
  ],
  ['compiled, later starts', () => start({})],
];

if (registerHooksOf() === undefined) {
  console.error(
    `Node ${process.versions.node} cannot compile modules while they load: run this on a later one`,
  );
  process.exit(1);
}
try {
  const megabytes = writeProgram() / 1e6;
  const starts = new Map(MODES.map(([name]) => [name, [] as Start[]]));
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const [name, run] of MODES) starts.get(name)?.push(run());
  }
  const of = (name: string, what: keyof Start) => (starts.get(name) ?? []).map((one) => one[what]);
  const base = of('sites from hooks', 'cpuMs');
  const rows = MODES.map(([name]) => {
    const more = of(name, 'cpuMs').map((value, round) => value - (base[round] as number));
    const perMegabyte = more.map((value) => value / megabytes);
    const [low, high] = [Math.min(...perMegabyte), Math.max(...perMegabyte)];
    const cells = [median(of(name, 'cpuMs')), median(of(name, 'wallMs'))].map(
      (value) => `${value.toFixed(0)} ms`,
    );
    const range = `${median(perMegabyte).toFixed(0)} ms (${low.toFixed(0)}–${high.toFixed(0)})`;
    return [name, ...cells, name === 'sites from hooks' ? '' : range];
  });
  const text = [
    `Node ${process.version}, ${MODULES} modules, ${megabytes.toFixed(2)} MB of source, ${values.rounds} rounds: medians.`,
    '',
    table(['start', 'processor', 'clock', 'processor more, a MB of source'], rows),
  ].join('\n');
  console.log(text);
  if (values.write) writeSection('cost:sites', 'What compiled sites cost at start-up', text);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

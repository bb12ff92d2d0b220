/**
 * `npm run bench:sidecar [-- --runs 100]`: what the sidecar does to its host, on every Node that is installed. How long
 * the loop stands still when the sidecar fails right after it asked, how long it takes from the start of a block until
 * a collector has its culprit, and what memory it costs. Fails where a pause is 100 ms longer than without a failure.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { attributesOf, Collector } from '../support/collector.js';
import { EXTRA_MAJORS, nodeBinary, versionOf } from '../support/nodes.js';
import { fixturePath, packageUrl } from '../support/program.js';
import { median, table } from './figures.js';

const { values } = parseArgs({ options: { runs: { type: 'string', default: '100' } } });
const runs = Number(values.runs);
if (!(runs >= 1)) throw new Error('usage: npm run bench:sidecar [-- --runs N]');
const FAILURES = ['nothing', 'throw', 'exit', 'stall', 'throw-in-answer'];
const LONGEST_PAUSE_MS = 100;
/** The main thread waits for V8's helpers, which on a busy machine are given no processor. */
const OPTIONS = ['--no-warnings', '--expose-gc', '--single-threaded'];

async function run(node: string, file: string, args: string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
  const child = spawn(node, [...OPTIONS, fixturePath(`sidecar/${file}`), ...args], {
    // what a sidecar that fails says of itself is no figure
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, NODE_OPTIONS: '', PACKAGE_URL: packageUrl, ...env },
  });
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${file} ${args.join(' ')} ended with ${code}`);
  return output;
}

const spread = (list: number[]) =>
  `${Math.min(...list).toFixed(1)} / ${median(list).toFixed(1)} / ${Math.max(...list).toFixed(1)}`;

/** From the start of the block to the arrival of its first record with a name. */
async function latency(node: string, count: number): Promise<number[]> {
  const took: number[] = [];
  for (let i = 0; i < count; i++) {
    const collector = await Collector.start();
    const output = await run(node, 'blocker.mjs', ['spin', '700'], {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    });
    const from = Number(/block (\d+)/.exec(output)?.[1]);
    const first = collector.logs.find(({ item }) => attributesOf(item).has('code.function.name'));
    if (first !== undefined) took.push(first.atMs - from);
    await collector.stop();
  }
  return took;
}

async function memoryMb(node: string, config: object): Promise<number> {
  const list: number[] = [];
  for (let i = 0; i < 5; i++) {
    list.push(Number(await run(node, 'memory.mjs', [], { CONFIG: JSON.stringify(config) })));
  }
  return median(list);
}

const nodes = [process.execPath, ...EXTRA_MAJORS.map(nodeBinary)].filter((node) => versionOf(node));
const rows: string[][] = [];
let ok = true;
for (const node of new Set(nodes)) {
  const version = versionOf(node) as string;
  const base: number[] = [];
  for (const failure of FAILURES) {
    const { asked, pauses } = JSON.parse(await run(node, 'hostile-host.mjs', [failure, String(runs)])) as {
      asked: number;
      pauses: number[];
    };
    if (failure === 'nothing') base.push(...pauses);
    const over = pauses.filter((pause) => pause - Math.max(...base) >= LONGEST_PAUSE_MS).length;
    ok &&= over === 0;
    rows.push([
      version,
      `sidecar: ${failure}`,
      spread(pauses),
      `${pauses.length - over} of ${runs} under 100 ms, ${asked} asked`,
    ]);
    console.error(rows.at(-1)?.join('  '));
  }
  const took = await latency(node, Math.max(3, Math.round(runs / 10)));
  rows.push([version, 'block to export, ms', spread(took), `${took.length} blocks, threshold 200 ms`]);
  const [bare, alone, full] = [
    await memoryMb(node, { enabled: false }),
    await memoryMb(node, { watchdog: { enabled: false } }),
    await memoryMb(node, {}),
  ];
  rows.push([
    version,
    'RSS, MiB',
    `${(alone - bare).toFixed(1)} without a sidecar, ${(full - bare).toFixed(1)} with it`,
    'more than switched off',
  ]);
  console.error(rows.at(-1)?.join('  '));
}
console.log(table(['Node', 'what', 'minimum / median / maximum', ''], rows));
process.exit(ok ? 0 : 1);

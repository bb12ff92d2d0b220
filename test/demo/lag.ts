/**
 * `npm run demo:lag [-- --seconds 10]`: an application is made to lag; the local receiver of `otel-async view` takes
 * what it exports and draws the histogram, beside it the one that its known delays must give.
 */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs, stripVTControlCharacters } from 'node:util';
import { startReceiver } from '../../src/cli/receiver/receiver.js';
import type { Distribution } from '../../src/cli/view/distribution.js';
import { lagFigures } from '../../src/cli/view/lag.js';
import { LagBook } from '../../src/cli/view/lag-book.js';
import { glyphs, type Look, lookOf, paint } from '../../src/cli/view/look.js';
import { columns } from '../../src/cli/view/text.js';
import { LAG_BUCKETS } from '../../src/telemetry/event-loop/lag-histogram.js';
import { referenceLags, type Stretch } from '../support/reference-lag.js';

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '10' } } });
const look = lookOf(process.stdout, process.env, process.cwd());
const book = new LagBook();
const receiver = await startReceiver({
  host: '127.0.0.1',
  port: 0,
  warn: console.error,
  sink: { traces: () => undefined, logs: () => undefined, metrics: (request) => void book.add(request) },
});
console.log(`An application lags for ${values.seconds} s and exports to ${receiver.url} ...\n`);

const app = fork(fileURLToPath(new URL('../fixtures/lagging-app.js', import.meta.url)), {
  env: { ...process.env, OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, LAG_SECONDS: values.seconds },
});
let known: { blocks: Stretch[]; machine: Stretch[] } & Stretch = {
  blocks: [],
  machine: [],
  from: 0,
  until: 0,
};
app.on('message', (message) => {
  known = message as typeof known;
});
const code = await new Promise((resolve) => app.once('exit', resolve));
await receiver.close();
if (code !== 0) throw new Error(`the application ended with ${code}`);

const [measured] = book.take();
if (measured === undefined) throw new Error('the application exported no lag');
const reference = {
  service: `expected of ${known.blocks.length} blocks${known.machine.length > 0 ? ' and the machine' : ''}`,
  thread: undefined,
  distribution: distributionOf(referenceLags([...known.blocks, ...known.machine], known)),
};
const half: Look = { ...look, width: Math.max(60, Math.floor((look.width - 3) / 2)) };
console.log(beside(lagFigures(measured, half), lagFigures(reference, half)).join('\n'));

function distributionOf(lags: readonly number[]): Distribution {
  const bounds = [-Infinity, ...LAG_BUCKETS, Infinity];
  const buckets = bounds.slice(1).map((upper, index) => {
    const lower = bounds[index] as number;
    return {
      lower,
      upper,
      count: lags.filter((lag) => lag / 1_000 > lower && lag / 1_000 <= upper).length,
    };
  });
  return { buckets, count: lags.length, max: (lags.at(-1) ?? 0) / 1_000 };
}

/** Two drawings beside each other, below each other on a narrow terminal. */
function beside(left: readonly string[], right: readonly string[]): string[] {
  if (look.width < 2 * half.width + 3) return [...left, '', ...right];
  const bar = paint(look, 'dim', ` ${glyphs(look).line.trim()} `);
  return Array.from({ length: Math.max(left.length, right.length) }, (_, row) => {
    const text = left[row] ?? '';
    const room = ' '.repeat(Math.max(0, half.width - columns(stripVTControlCharacters(text))));
    return `${text}${room}${bar}${right[row] ?? ''}`;
  });
}

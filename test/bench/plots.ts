/**
 * `npm run bench:plots`: draws what tasks cost against how many are created, and against how many are alive, to
 * `test/bench/plots/*.svg`, bare beside debug by hooks. `--rounds=N` (3); about two minutes.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { REPOSITORY } from '../support/packed.js';
import { median } from './figures.js';
import { environmentOf } from './modes.js';
import { lineChart, type Series } from './svg.js';

const ROUNDS = Number(process.argv.find((argument) => argument.startsWith('--rounds='))?.slice(9) ?? 3);
const MODES = ['bare', 'debug by hooks'];
const PLOTS = {
  created: {
    title: 'Time of async calls, one after the other',
    x: 'calls',
    counts: [100_000, 200_000, 300_000, 400_000, 500_000],
  },
  alive: {
    title: 'Time of 20,000 async calls beside others that are pending',
    x: 'pending calls',
    counts: [0, 50_000, 100_000, 150_000, 200_000, 250_000, 300_000],
  },
};
const preload = new URL('preload.js', import.meta.url).href;
const program = fileURLToPath(new URL('programs/scaling.js', import.meta.url));
const folder = join(REPOSITORY, 'test', 'bench', 'plots');
mkdirSync(folder, { recursive: true });

for (const [what, { title, x, counts }] of Object.entries(PLOTS)) {
  const runs = MODES.map(() => [] as [number, number][][]);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [index, mode] of MODES.entries()) {
      process.stderr.write(`${what}, ${mode}, round ${round + 1} of ${ROUNDS}\n`);
      const out = execFileSync(
        process.execPath,
        ['--import', preload, program, what, ...counts.map(String)],
        {
          encoding: 'utf8',
          env: environmentOf({ mode }, false, undefined),
        },
      );
      runs[index]?.push(JSON.parse(out.trim().split('\n').at(-1) as string));
    }
  }
  const series = MODES.map((name, index): Series => {
    const all = runs[index] as [number, number][][];
    return { name, points: counts.map((count, at) => [count, median(all.map((run) => run[at]?.[1] ?? 0))]) };
  });
  writeFileSync(
    join(folder, `${what}.svg`),
    lineChart(`${title} (Node ${process.versions.node})`, x, 'ms', series),
  );
  console.log(join('test', 'bench', 'plots', `${what}.svg`), JSON.stringify(series));
}

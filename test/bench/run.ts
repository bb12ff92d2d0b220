/**
 * `npm run bench`: what each mode costs beside the bare program and beside the peers, in alternation, on the Node that
 * runs this (some 8 minutes). `npm run bench:full` (`--full`): more rounds, on Node 22, 24 and 26 (about an hour);
 * `npm run bench:ci` (`--short`): a few programs, two minutes at most, ends with 0 whatever it finds. `--rounds=N`, `--seconds=N` of an
 * HTTP load, `--only=await-chain,http`, `--write` puts the tables into the README. Progress goes to standard error.
 */
import { execFileSync } from 'node:child_process';
import { availableParallelism, loadavg } from 'node:os';
import { installedPeers } from '../support/applications.js';
import { ensureNode } from '../support/nodes.js';
import { writeSection } from '../support/readme-section.js';
import { differenceText, median, ratioText, table } from './figures.js';
import { type Arm, BARE, nameOf, OURS } from './modes.js';
import { type Bench, type Load, runProgram, Service } from './processes.js';
import { HTTP_ARMS, HTTP_TITLE, SHORT_MODES, SHORT_PROGRAMS, SUITES, type Suite } from './suites.js';

interface NamedBench extends Bench {
  version: string;
}

const flag = (name: string) => process.argv.includes(`--${name}`);
const value = (name: string) =>
  process.argv.find((argument) => argument.startsWith(`--${name}=`))?.slice(name.length + 3);
const full = flag('full');
const short = flag('short');
const ROUNDS = Number(value('rounds') ?? (full ? 5 : short ? 2 : 3));
const SECONDS = Number(value('seconds') ?? (full ? 5 : short ? 2 : 3));
/** Compiled by then, and what the budget allows more at the start is spent. */
const SETTLING_SECONDS = short ? 1 : 5;
const MS = full ? 1_500 : short ? 300 : 700;
const only = value('only')?.split(',');
const wanted = (program: string) => only?.includes(program) ?? (!short || SHORT_PROGRAMS.includes(program));
/** Modes that a figure was once wanted of and not got: not asked again. */
const failed = new Set<string>();
const started = Date.now();

if (short) await main().catch((error) => console.log(`bench: ${error}`));
else await main();

async function main(): Promise<void> {
  const nodes = full ? [22, 24, 26].map((major) => ensureNode(major as 22)) : [process.execPath];
  const peers = short ? undefined : installedPeers();
  const benches = nodes.map((node): NamedBench => {
    const version = execFileSync(node, ['--version'], { encoding: 'utf8' }).trim();
    return { node, peers, ms: MS, version };
  });
  const text: string[] = [];
  for (const suite of SUITES) {
    if (wanted(suite.program)) text.push(`${suite.title}:`, await programTable(benches, suite));
  }
  if (only?.includes('http') ?? true) {
    for (const bench of benches) text.push(`${HTTP_TITLE}, Node ${bench.version}:`, await httpTable(bench));
  }
  const load = `${(loadavg()[0] as number).toFixed(1)} on ${availableParallelism()} processors`;
  const head = `${ROUNDS} rounds in alternation: median (lowest–highest) of the comparisons within a round; load of the machine at the end ${load}.`;
  const whole = [head, ...text].join('\n\n');
  console.log(whole);
  if (flag('write')) writeSection('bench', 'What does it cost?', whole);
}

function progress(version: string, what: string): void {
  const seconds = Math.round((Date.now() - started) / 1_000);
  process.stderr.write(`[${seconds} s] ${version} ${what}\n`);
}

/** A column for each Node, in which each mode stands against bare on that Node in the same round. */
async function programTable(benches: readonly NamedBench[], suite: Suite): Promise<string> {
  const modes = suite.modes.filter((mode) => !short || SHORT_MODES.includes(mode));
  const values = new Map(
    benches.map((bench) => [bench, new Map(modes.map((mode) => [mode, [] as number[]]))]),
  );
  for (let round = 0; round < ROUNDS; round++) {
    for (const [bench, ofModes] of values) {
      progress(bench.version, `${suite.program}, round ${round + 1} of ${ROUNDS}`);
      for (const mode of modes) {
        const figure = await orNothing(bench, mode, () => runProgram(bench, suite.program, { mode }));
        if (figure === undefined) ofModes.delete(mode);
        else ofModes.get(mode)?.push(figure);
      }
    }
  }
  const perUnit = suite.unit === 'µs' ? 1_000 : 1;
  const compare = suite.as === 'ratio' ? ratioText : differenceText;
  const cell = (mode: string, ofModes: ReadonlyMap<string, number[]>) => {
    const figures = ofModes.get(mode);
    const bare = ofModes.get(BARE) as number[];
    if (figures === undefined) return 'does not run';
    return mode === BARE ? `${(median(bare) / perUnit).toFixed(0)} ${suite.unit}` : compare(figures, bare);
  };
  return table(
    ['mode', ...benches.map(({ version }) => `Node ${version}`)],
    modes.map((mode) => [mode, ...[...values.values()].map((ofModes) => cell(mode, ofModes))]),
  );
}

/** Each arm against the bare service with the same sampling in the same round. */
async function httpTable(bench: NamedBench): Promise<string> {
  const arms = HTTP_ARMS.filter(
    ({ mode, ratio }) => !short || (SHORT_MODES.includes(mode) && mode !== 'off' && ratio !== 0.01),
  );
  const loads = new Map<Arm, { values: Load[]; baselines: Load[] }>(
    arms.map((arm) => [arm, { values: [], baselines: [] }]),
  );
  for (let round = 0; round < ROUNDS; round++) {
    progress(bench.version, `http, round ${round + 1} of ${ROUNDS}`);
    const bare = await loaded(bench, { mode: BARE });
    for (const [arm, { values, baselines }] of loads) {
      const baseline =
        arm.ratio === undefined || arm.ratio === 1 ? bare : await loaded(bench, { ...arm, mode: BARE });
      const load = arm.mode === BARE ? bare : await orNothing(bench, arm.mode, () => loaded(bench, arm));
      if (load === undefined) loads.delete(arm);
      else {
        values.push(load);
        baselines.push(baseline);
      }
    }
  }
  const rows = [...loads].map(([arm, { values, baselines }]) => {
    const middle = (pick: (load: Load) => number) => median(values.map(pick)).toFixed(0);
    const of = (all: Load[], pick: (load: Load) => number) => all.map(pick);
    return [
      nameOf(arm),
      ratioText(
        of(values, (load) => load.perSecond),
        of(baselines, (load) => load.perSecond),
      ),
      ratioText(
        of(values, (load) => load.cpuUsPerRequest),
        of(baselines, (load) => load.cpuUsPerRequest),
      ),
      middle((load) => load.perSecond),
      median(values.map((load) => load.spans / load.requests)).toFixed(2),
      middle((load) => load.taskSpans / SECONDS),
      middle((load) => load.rss / 2 ** 20),
    ];
  });
  return table(
    ['mode', 'requests/s', 'CPU a request', 'requests/s', 'spans a request', 'task spans/s', 'RSS, MiB'],
    rows,
  );
}

async function loaded(bench: Bench, arm: Arm): Promise<Load> {
  const service = await Service.start(bench, arm);
  try {
    await service.load(SETTLING_SECONDS);
    return await service.load(SECONDS);
  } finally {
    await service.stop();
  }
}

/** A peer, or a mode of ours, that does not run on this Node is said so and left out. */
async function orNothing<T>(bench: Bench, mode: string, run: () => Promise<T>): Promise<T | undefined> {
  const key = `${bench.node} ${mode}`;
  if (failed.has(key)) return undefined;
  try {
    return await run();
  } catch (error) {
    if (mode === BARE || (mode in OURS && !short)) throw error;
    failed.add(key);
    process.stderr.write(`${mode} left out: ${error}\n`);
    return undefined;
  }
}

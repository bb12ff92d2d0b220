/**
 * `npm run bench:overload`: a saturated HTTP service makes hundreds of times the tasks that are planned for. What does
 * the host have left, once the governor has found its place? The service with the SDK alone and with us take turns;
 * `--rounds=N` (3), `--seconds=N` of each load (6), after `--settle=N` (25) seconds under the same load. Some 3 minutes a
 * round.
 */
import { parseArgs } from 'node:util';
import { OPTIONS } from '../../src/config/options.js';
import { median, ratioText, table } from './figures.js';
import { type Arm, BARE, nameOf } from './modes.js';
import { type Bench, type Load, Service } from './processes.js';

const { values: given } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '6' },
    settle: { type: 'string', default: '25' },
  },
});
const [rounds, seconds, settle] = [Number(given.rounds), Number(given.seconds), Number(given.settle)];
const bench: Bench = { node: process.execPath, ms: 0 };
/** Tasks that a request of the service makes: 24 promises, a timer, and what Node needs. */
const TASKS_A_REQUEST = 25;
const WARM_SECONDS = 8;
const ARMS: readonly Arm[] = [{ mode: 'standard', ratio: 1 }, { mode: 'debug within budget' }];

const results = new Map(ARMS.map((arm) => [arm, { ours: [] as Load[], bare: [] as Load[] }]));
for (let round = 0; round < rounds; round++) {
  for (const [arm, { ours, bare }] of results) {
    process.stderr.write(`round ${round + 1} of ${rounds}: ${nameOf(arm)}\n`);
    const services = [await Service.start(bench, { mode: BARE }), await Service.start(bench, arm)] as const;
    // both warm, ours settled
    await services[0].load(WARM_SECONDS);
    await services[1].load(settle);
    // short loads in turn: what the machine does meanwhile happens to both
    for (let turn = 0; turn < 3; turn++) {
      bare.push(await services[0].load(seconds / 3));
      ours.push(await services[1].load(seconds / 3));
    }
    for (const service of services) await service.stop();
  }
}

const rows = [...results].map(([arm, { ours, bare }]) => {
  const speed = (load: Load) => load.perSecond;
  const cpu = (load: Load) => load.cpuUsPerRequest;
  const tasks = median(ours.map(speed)) * TASKS_A_REQUEST;
  return [
    nameOf(arm),
    `${tasks.toFixed(0)} (${(tasks / OPTIONS['spans.maxPerSecond'].default).toFixed(0)} times)`,
    ratioText(ours.map(speed), bare.map(speed)),
    ratioText(ours.map(cpu), bare.map(cpu)),
    `${(Math.max(...ours.map(({ rss }) => rss)) / 2 ** 20).toFixed(0)} MiB`,
  ];
});
console.log(`Node ${process.versions.node}, ${rounds} rounds of 3 turns, ${settle} s under load before.\n`);
console.log(
  table(
    [
      'mode',
      'tasks a second (times the planned)',
      'requests/s against the SDK alone',
      'CPU a request',
      'RSS at most',
    ],
    rows,
  ),
);

/** `npm run bench:recorder`: nanoseconds an event of the flight recorder, of tasks from a few hundred places. */
import { createFlightMemory } from '../../src/tasks/recorder/flight-memory.js';
import { FlightWriter } from '../../src/tasks/recorder/flight-writer.js';
import { TaskRegistry } from '../../src/tasks/registry.js';
import { captureFrames } from '../../src/tasks/sites/capture.js';
import type { TaskScope } from '../../src/tasks/task.js';

const EVENTS = 2_000_000;
const PLACES = 300;

const scope: TaskScope = {
  closed: false,
  timers: new Set(),
  added() {},
  ended() {},
  identity: () => undefined,
};
const tasks = new TaskRegistry();
const site = captureFrames(() => undefined, 1)[0] ?? captureFrames(captureFrames, 1)[0];
const made = Array.from({ length: PLACES }, (_, index) =>
  tasks.create(
    { scope, spanId: '' },
    { kind: 'async_function', type: 'PROMISE', name: `task ${index}`, ownership: 'user', site },
  ),
);
const writer = new FlightWriter(createFlightMemory());

const KINDS = {
  created: (index: number) => writer.created(made[index % PLACES]!, index),
  'began and ran': (index: number) => {
    writer.began(0, made[index % PLACES]!, index);
    writer.ran(0, made[index % PLACES]!, index, index + 1);
  },
  ended: (index: number) => writer.ended(made[index % PLACES]!, index),
} as const;

/** Processor time: what other processes take does not count. */
function nanosecondsOf(work: (index: number) => void): number {
  const before = process.cpuUsage();
  for (let index = 0; index < EVENTS; index++) work(index);
  const { user, system } = process.cpuUsage(before);
  return ((user + system) * 1_000) / EVENTS;
}

console.log(`Node ${process.version}, ${EVENTS} events of ${PLACES} places, processor time:`);
for (const [kind, work] of Object.entries(KINDS)) {
  nanosecondsOf(work);
  const rounds = Array.from({ length: 5 }, () => nanosecondsOf(work)).sort((a, b) => a - b);
  console.log(
    `${kind.padEnd(16)} ${rounds[2]?.toFixed(0).padStart(4)} ns (${rounds[0]?.toFixed(0)} to ${rounds[4]?.toFixed(0)})`,
  );
}

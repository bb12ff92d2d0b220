import assert from 'node:assert/strict';
import test from 'node:test';
import { PromiseMarks } from '../../../../src/tasks/promise-marks.js';
import { createFlightMemory, emptyFlight } from '../../../../src/tasks/recorder/flight-memory.js';
import { type FlightEvent, readFlight } from '../../../../src/tasks/recorder/flight-reader.js';
import { FlightWriter } from '../../../../src/tasks/recorder/flight-writer.js';
import { TaskRegistry } from '../../../../src/tasks/registry.js';
import type { TaskScope } from '../../../../src/tasks/task.js';

const scope: TaskScope = {
  closed: false,
  timers: new Set(),
  added() {},
  ended() {},
  identity: () => undefined,
};

/** A registry on a clock of its own that begins at 1970, with a recorder of `capacity` events. */
function setUp(capacity?: number) {
  const state = { now: 0 };
  const tasks = new TaskRegistry(
    () => state.now,
    () => 1,
  );
  const memory = createFlightMemory(capacity);
  tasks.recorder = new FlightWriter(memory);
  const make = (name: string) =>
    tasks.create({ scope, spanId: '' }, { kind: 'async_function', type: 'PROMISE', name, ownership: 'user' });
  const read = (seconds = 600) => readFlight(memory, seconds, state.now);
  /** `100 ran task 5` */
  const lines = (events: readonly FlightEvent[]) => {
    const { labels } = read();
    return events.map((event) => {
      const name = labels[event.label]?.name;
      if (event.what === 'ran') return `${event.atMs} ran ${name} ${event.ms}`;
      if (event.what === 'ended') return `${event.atMs} ended ${name} ${event.outcome}`;
      if (event.what === 'failed') return `${event.atMs} failed ${name} ${labels[event.error]?.name}`;
      return `${event.atMs} created ${name} in ${event.parent}`;
    });
  };
  return { state, tasks, memory, make, read, lines };
}

test('what becomes of tasks is read as it was written, in order', () => {
  const { state, tasks, make, read, lines } = setUp();
  state.now = 10;
  const outer = make('outer');
  tasks.resume(outer);
  state.now = 12;
  const inner = make('inner');
  tasks.enter(inner);
  state.now = 15;
  tasks.leave(inner);
  state.now = 20;
  tasks.suspend();
  const promise = {};
  PromiseMarks.begin(promise, inner, undefined);
  state.now = 21;
  tasks.end(inner, 'rejected');
  tasks.markUnhandled(promise, 'RangeError');
  assert.deepEqual(lines(read().events), [
    '10 created outer in 0',
    '12 created inner in 1',
    '15 ran inner 3',
    '20 ran outer 10',
    '21 ended inner rejected',
    '21 failed inner RangeError',
  ]);
});

test('runs that are not over are there, outermost first', () => {
  const { state, tasks, make, read } = setUp();
  const outer = make('outer');
  state.now = 5;
  tasks.resume(outer);
  state.now = 8;
  const inner = make('inner');
  tasks.enter(inner);
  const names = () => {
    const { running, labels } = read();
    return running.map(({ label, fromMs }) => `${labels[label]?.name} ${fromMs}`);
  };
  assert.deepEqual(names(), ['outer 5', 'inner 8']);
  tasks.leave(inner);
  assert.deepEqual(names(), ['outer 5']);
  tasks.suspend();
  assert.deepEqual(names(), []);
});

test('the ring keeps the last events and no more, and a reader asks for seconds', () => {
  const { state, make, read } = setUp(8);
  for (state.now = 1_000; state.now <= 20_000; state.now += 1_000) make('task');
  state.now = 20_000;
  assert.deepEqual(
    read().events.map(({ atMs }) => atMs),
    [13_000, 14_000, 15_000, 16_000, 17_000, 18_000, 19_000, 20_000],
  );
  assert.deepEqual(
    read(2).events.map(({ atMs }) => atMs),
    [18_000, 19_000, 20_000],
  );
});

test('more places than there is room for are one, and nothing grows', () => {
  const { make, read } = setUp(16);
  for (let i = 0; i < 10_000; i++) make(`place ${i} ${'x'.repeat(100)}`);
  const { events, labels } = read();
  assert.equal(labels[events.at(-1)?.label ?? -1]?.name, 'another task');
  assert.ok(labels.length <= 4_096);
});

test('where shared memory is refused there is a memory, and no recording', (t) => {
  const original = globalThis.SharedArrayBuffer;
  t.after(() => Object.assign(globalThis, { SharedArrayBuffer: original }));
  Object.assign(globalThis, {
    SharedArrayBuffer: class {
      constructor() {
        throw new RangeError('no memory');
      }
    },
  });
  const { flight } = new TaskRegistry();
  assert.throws(() => emptyFlight(flight.memory), RangeError);
});

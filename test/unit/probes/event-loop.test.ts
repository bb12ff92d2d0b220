import assert from 'node:assert/strict';
import test from 'node:test';
import { EventLoopProbe, type LoopObservation } from '../../../src/probes/event-loop.js';
import { VirtualProbes } from '../../../src/probes/virtual-probes.js';
import { seeded } from '../../support/random.js';
import { SimulatedLoop, type Work } from '../../support/simulated-loop.js';

interface Measured {
  loop: SimulatedLoop;
  lags: { due: number; lag: number }[];
}

function measure(work: readonly Work[], endMs: number, prepare: (loop: SimulatedLoop) => void = () => {}) {
  const loop = new SimulatedLoop();
  prepare(loop);
  const lags: Measured['lags'] = [];
  const values: number[] = [];
  const rule = new VirtualProbes(10, (lag) => values.push(lag));
  let next: number | undefined;
  new EventLoopProbe(loop.platform).listen((observation) => {
    rule.observe(observation);
    // each probe's due time, so that it can be compared with the reference one by one
    for (const lag of values.splice(0)) {
      next ??= (Math.floor(observation.previous / 10) + 1) * 10;
      lags.push({ due: next, lag });
      next += 10;
    }
  });
  loop.run(work, endMs);
  return { loop, lags };
}

const sum = (numbers: number[]) => numbers.reduce((total, value) => total + value, 0);

test('an idle loop is woken less than 20 times a second, and reads no lag', () => {
  const { loop, lags } = measure([], 10_000);
  assert.ok(loop.wakeups <= 200, `${loop.wakeups} wakeups in 10 s`);
  assert.ok(lags.length >= 990, `${lags.length} probes in 10 s`);
  assert.ok(lags.every(({ lag }) => lag === 0));
});

test('on a machine with no time for it an idle loop is woken no more often, and reads its lag', () => {
  const work = Array.from({ length: 400 }, (_, i): Work => {
    return { kind: 'timer', atMs: i * 25, forMs: 5, waits: true };
  });
  const { loop, lags } = measure(work, 10_000);
  assert.ok(loop.wakeups <= 200, `${loop.wakeups} wakeups in 10 s`);
  assert.ok(lags.every(({ due, lag }) => Math.abs(lag - loop.lagOf(due)) < 0.001));
});

for (const kind of ['timer', 'io', 'immediate'] as const) {
  test(`a block of any length in a callback of kind ${kind} is measured as the reference has it`, () => {
    for (const forMs of [3, 12, 25, 40, 59, 75, 300, 4_000]) {
      for (let phase = 0; phase < 60; phase += 7) {
        const { loop, lags } = measure([{ kind, atMs: 500 + phase + 0.25, forMs }], 5_000);
        for (const { due, lag } of lags) {
          const reference = loop.lagOf(due);
          assert.ok(
            Math.abs(lag - reference) < 0.001,
            `${forMs} ms at ${phase}: due ${due}: ${lag}, not ${reference}`,
          );
        }
      }
    }
  });
}

for (const kind of ['timer', 'io', 'immediate'] as const) {
  test(`a block in a callback of kind ${kind} is measured in the midst of other work too`, () => {
    for (const forMs of [3, 12, 40, 300, 4_000]) {
      for (let phase = 0; phase < 40; phase += 3) {
        const at = 500 + phase + 0.25;
        const around = (['timer', 'io', 'immediate'] as const).flatMap((other, index) =>
          [-80, -50, -20, 10].map((distance): Work => {
            const atMs = at + distance + index * 5 + (distance > 0 ? forMs : 0);
            return { kind: other, atMs, forMs: 2.1 };
          }),
        );
        const { loop, lags } = measure([{ kind, atMs: at, forMs }, ...around], 5_000);
        for (const { due, lag } of lags) {
          const reference = loop.lagOf(due);
          assert.ok(
            Math.abs(lag - reference) <= 5,
            `${forMs} ms at ${phase}: due ${due}: ${lag}, not ${reference}`,
          );
        }
      }
    }
  });
}

test('property: whatever a loop does, count and percentiles agree with the reference', () => {
  for (let seed = 1; seed <= 32; seed++) {
    const random = seeded(seed);
    const between = (low: number, high: number) => low + random() * (high - low);
    const longest = [2, 10, 50, 500][seed % 4] as number;
    const gap = [1, 5, 40, 400][Math.floor(seed / 4) % 4] as number;
    const work: Work[] = [];
    // one piece after the other: where work queues up, lag is the length of the queue, and rules differ
    for (let at = 100; at < 10_000; ) {
      const kind = (['timer', 'io', 'immediate'] as const)[Math.floor(random() * 3)] as Work['kind'];
      const forMs = between(0, longest);
      work.push({ kind, atMs: at, forMs });
      at += forMs + between(0.01, 2 * gap);
    }
    const { loop, lags } = measure(work, 10_000);
    const ours = lags.map(({ lag }) => lag).sort((a, b) => a - b);
    const reference = lags.map(({ due }) => loop.lagOf(due)).sort((a, b) => a - b);
    assert.equal(ours.length, Math.floor(((lags.at(-1)?.due ?? 0) - (lags[0]?.due ?? 0)) / 10) + 1);
    const close = (what: string, value: number, expected: number) =>
      assert.ok(
        Math.abs(value - expected) <= Math.max(2, expected * 0.1),
        `seed ${seed} (to ${longest} ms every ${gap}): ${what} ${value}, reference ${expected}`,
      );
    close('mean', sum(ours) / ours.length, sum(reference) / reference.length);
    for (const percentile of [0.5, 0.75, 0.9, 0.99]) {
      const at = Math.min(ours.length - 1, Math.floor(percentile * ours.length));
      close(`p${percentile * 100}`, ours[at] as number, reference[at] as number);
    }
    // the work of a timer and that of I/O look like one piece if they share the first turn after a long sleep
    const most = ours.at(-1) as number;
    assert.ok(most >= (reference.at(-1) as number) - 10 && most <= 2 * longest, `seed ${seed}: max ${most}`);
  }
});

test('a flood of short turns is watched by a timer, and turns are counted again when it ends', () => {
  const flood = Array.from(
    { length: 8_000 },
    (_, i): Work => ({ kind: 'io', atMs: 1_000 + i / 4, forMs: 0.1 }),
  );
  const loop = new SimulatedLoop();
  let observations = 0;
  new EventLoopProbe(loop.platform).listen(() => observations++);
  loop.run(flood, 3_000);
  assert.ok(observations < 600, `${observations} observations of 8,000 turns`);
  const wakeups = loop.wakeups;
  loop.run([], 13_000);
  assert.ok(loop.wakeups - wakeups <= 200 + 50, `${loop.wakeups - wakeups} wakeups in the 10 s after it`);
});

test('a machine without time for us is lag; one that was stopped for long is not', () => {
  const starved = measure([], 3_000, (loop) => {
    loop.oversleep = { fromMs: 1_000, forMs: 150 };
  });
  const most = Math.max(...starved.lags.map(({ lag }) => lag));
  assert.ok(most > 135 && most <= 150, `${most}`);
  const stopped = measure([], 13_000, (loop) => {
    loop.oversleep = { fromMs: 1_000, forMs: 10_000 };
  });
  assert.equal(Math.max(...stopped.lags.map(({ lag }) => lag)), 0);
  assert.ok(stopped.lags.length < 305, `${stopped.lags.length} probes in 3 s awake`);
});

test('a late timer within its resolution is no lag', () => {
  const { lags } = measure([], 3_000, (loop) => {
    loop.oversleep = { fromMs: 1_000, forMs: 1.4 };
  });
  assert.equal(Math.max(...lags.map(({ lag }) => lag)), 0);
});

test('it runs for any one listener, tells when it will be back at the latest, and ends with the last', () => {
  const loop = new SimulatedLoop();
  const probe = new EventLoopProbe(loop.platform);
  const promised: number[] = [];
  const stops = [
    probe.listen((observation: Readonly<LoopObservation>) => {
      if (promised.length > 0) assert.ok(observation.now <= (promised.at(-1) as number) + 1);
      promised.push(observation.nextAt);
    }),
    probe.listen(() => {
      throw new Error('mine');
    }),
  ];
  loop.run([], 1_000);
  assert.ok(promised.length > 15, 'a listener that throws takes only itself away');
  assert.ok(probe.running);
  for (const stop of [...stops, ...stops]) stop();
  assert.equal(probe.running, false);
  const count = promised.length;
  loop.run([], 2_000);
  assert.equal(promised.length, count);
});

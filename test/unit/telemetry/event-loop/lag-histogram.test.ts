import assert from 'node:assert/strict';
import test from 'node:test';
import type { Attributes, Meter } from '@opentelemetry/api';
import { ATTR, METRIC } from '../../../../src/semconv.js';
import { LAG_BUCKETS, LagHistogram } from '../../../../src/telemetry/event-loop/lag-histogram.js';

function meter() {
  const made: { name: string; options: unknown }[] = [];
  const recorded: [number, Attributes][] = [];
  const fake = {
    createHistogram: (name: string, options: unknown) => {
      made.push({ name, options });
      return { record: (value: number, attributes: Attributes) => void recorded.push([value, attributes]) };
    },
  };
  return { made, recorded, meter: fake as unknown as Meter };
}

test('records seconds, with the thread', () => {
  const { made, recorded, meter: fake } = meter();
  const histogram = new LagHistogram(() => assert.fail());
  histogram.bind(fake);
  histogram.record(250);
  assert.deepEqual(recorded, [[0.25, { [ATTR.THREAD_ID]: 0 }]]);
  assert.equal(made[0]?.name, METRIC.EVENT_LOOP_LAG);
  assert.equal(LAG_BUCKETS[0], 0.001);
  assert.equal(LAG_BUCKETS.at(-1), 10);
});

test('what comes without a meter waits for one, the oldest is given up and counted', () => {
  const lost: number[] = [];
  const histogram = new LagHistogram((count) => lost.push(count));
  for (let i = 0; i < 100_000; i++) histogram.record(i);
  const { recorded, meter: fake } = meter();
  histogram.bind(fake);
  assert.ok(recorded.length >= 512 && recorded.length <= 1_024, `${recorded.length} kept`);
  assert.equal(recorded.at(-1)?.[0], 99.999);
  assert.deepEqual(lost, [100_000 - recorded.length]);
});

test('between two meters it waits again, and nothing is recorded twice', () => {
  const [first, second] = [meter(), meter()];
  const histogram = new LagHistogram(() => assert.fail());
  histogram.bind(first.meter);
  histogram.record(1);
  histogram.unbind();
  histogram.record(2);
  histogram.bind(second.meter);
  histogram.record(3);
  assert.deepEqual(
    [first, second].map(({ recorded }) => recorded.map(([value]) => value)),
    [[0.001], [0.002, 0.003]],
  );
});

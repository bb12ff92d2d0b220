import assert from 'node:assert/strict';
import test, { mock } from 'node:test';
import { PulseMaker } from '../../../src/sidecar/pulse.js';
import { createMemory, leaveNothingOpen, THREAD, wordOf } from '../../../src/sidecar/shared-memory.js';
import { BEATS_AHEAD } from '../../../src/tasks/pulse.js';

function setUp() {
  mock.timers.enable({ apis: ['setInterval'] });
  const memory = createMemory();
  const pulse = new PulseMaker(memory, 3);
  const [beat, wanted] = [wordOf(3, THREAD.PULSE), wordOf(3, THREAD.PULSES_WANTED)];
  return { memory, pulse, beat: () => memory.words[beat], want: () => (memory.words[wanted] = BEATS_AHEAD) };
}

test('beats come each millisecond, and end some time after nobody has asked for more', () => {
  const { pulse, beat, want } = setUp();
  assert.equal(beat(), 0);
  pulse.begin();
  const seen = new Set<number | undefined>();
  for (let i = 0; i < 1_000; i++) {
    want();
    mock.timers.tick(1);
    seen.add(beat());
  }
  assert.equal(seen.size, 1_000);
  assert.ok(!seen.has(0));
  mock.timers.tick(BEATS_AHEAD + 1);
  assert.equal(beat(), 0);
  mock.timers.tick(1_000);
  assert.equal(beat(), 0);
  pulse.begin();
  mock.timers.tick(1);
  assert.notEqual(beat(), 0);
  pulse.stop();
  assert.equal(beat(), 0);
  mock.timers.reset();
});

test('a sidecar that died leaves no beat standing', () => {
  const { memory, pulse, beat } = setUp();
  pulse.begin();
  mock.timers.tick(5);
  assert.notEqual(beat(), 0);
  leaveNothingOpen(memory);
  assert.equal(beat(), 0);
  pulse.stop();
  mock.timers.reset();
});

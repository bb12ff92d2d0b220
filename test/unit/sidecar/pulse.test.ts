import assert from 'node:assert/strict';
import test, { mock } from 'node:test';
import { PulseMaker } from '../../../src/sidecar/pulse.js';
import { BEATS_AHEAD, createPulseWords, PULSE } from '../../../src/tasks/pulse.js';

test('beats come each millisecond, and end some time after nobody has asked for more', () => {
  mock.timers.enable({ apis: ['setInterval'] });
  const words = createPulseWords();
  const pulse = new PulseMaker(words);
  const beat = () => words[PULSE.BEAT];
  assert.equal(beat(), 0);
  pulse.begin();
  const seen = new Set<number | undefined>();
  for (let i = 0; i < 1_000; i++) {
    words[PULSE.WANTED] = BEATS_AHEAD;
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

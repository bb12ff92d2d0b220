import assert from 'node:assert/strict';
import test, { after } from 'node:test';
import type { Block } from '../../../../src/sidecar/blocks/block.js';
import { flightShelf } from '../../../../src/sidecar/blocks/flight-shelf.js';
import { RecordedBlocks } from '../../../../src/sidecar/blocks/recorded-blocks.js';
import type { Outbox } from '../../../../src/sidecar/delivery/outbox.js';
import { createFlightMemory } from '../../../../src/tasks/recorder/flight-memory.js';

flightShelf.memory = createFlightMemory(16);
after(() => {
  flightShelf.memory = undefined;
});

function aBlock(): Block {
  return {
    threadId: 0,
    from: 0,
    until: 1_000,
    startup: false,
    mayBeLoading: false,
    samples: [],
    reached: true,
    circumstances: {
      durationMs: 1_000,
      thresholdMs: 200,
      gcMs: 0,
      reached: true,
      unansweredMs: 0,
      stolenMs: 0,
      starvedMs: 0,
      syncCall: undefined,
    },
    reports: 1,
  };
}

test('three timelines in a burst, and one of a block that goes on when there is time for it', () => {
  let now = 0;
  let sent = 0;
  const nobody = { ongoing: () => {}, blocking: () => {}, ended: () => {} };
  const outbox = { serves: () => true, post: () => sent++, config: undefined } as unknown as Outbox;
  const blocks = new RecordedBlocks(nobody, outbox, () => now);
  for (let i = 0; i < 3; i++) {
    const block = aBlock();
    blocks.ongoing(block);
    blocks.ongoing(block);
    blocks.ended(block);
  }
  assert.equal(sent, 3);
  const endless = aBlock();
  blocks.ongoing(endless);
  assert.equal(sent, 3);
  now += 10_000;
  blocks.ongoing(endless);
  blocks.ongoing(endless);
  assert.equal(sent, 4);
});

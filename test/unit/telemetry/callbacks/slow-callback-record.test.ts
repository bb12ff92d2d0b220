import assert from 'node:assert/strict';
import test from 'node:test';
import { CollectionsLog } from '../../../../src/probes/collections-log.js';
import {
  type Interference,
  slowCallbackRecord,
} from '../../../../src/telemetry/callbacks/slow-callback-record.js';
import { StarvationLog } from '../../../../src/telemetry/callbacks/starvation-log.js';

const NOTHING: Interference = { gcMs: 0, starvation: { mostMs: 0, likelyMs: 0 }, debugger: false };

function recordOf(interference: Partial<Interference>, folded = 0) {
  const run = {
    startMs: 0,
    endMs: 150,
    durationMs: 150,
    busiest: undefined,
    busiestMs: 0,
    told: false,
  };
  return slowCallbackRecord({
    run,
    task: undefined,
    description: {
      id: 7,
      name: 'render',
      kind: 'async_function',
      type: 'PROMISE',
      site: { functionName: 'handler', file: '/srv/app.js', line: 3, column: 9 },
      chain: [],
    },
    interference: { ...NOTHING, ...interference },
    thresholdMs: 100,
    folded,
    timeMs: 0,
    trace: undefined,
  });
}
const certaintyOf = (interference: Partial<Interference>) => {
  const { attributes, severity } = recordOf(interference);
  return `${severity} ${attributes['async.finding.certainty']}`;
};

test('the sentence names task, duration and creation site, and what was folded', () => {
  const { body, attributes } = recordOf({}, 4);
  assert.equal(
    body,
    'render ran for 150 ms without a break; created in handler (/srv/app.js:3:9); 4 more like it since the last record.',
  );
  assert.equal(attributes['async.callback.duration'], 0.15);
  assert.equal(attributes['async.task.id'], 7);
  assert.equal(attributes['code.line.number'], 3);
  assert.equal(attributes['async.folded_count'], 4);
});

test('nobody is accused of what the collector or the machine did', () => {
  assert.equal(certaintyOf({}), 'WARN proven');
  assert.equal(certaintyOf({ gcMs: 40 }), 'WARN proven');
  assert.equal(certaintyOf({ gcMs: 60 }), 'INFO suspected');
  assert.equal(certaintyOf({ starvation: { mostMs: 140, likelyMs: 10 } }), 'WARN likely');
  assert.equal(certaintyOf({ starvation: { mostMs: 140, likelyMs: 90 } }), 'INFO suspected');
  assert.equal(certaintyOf({ debugger: true }), 'INFO suspected');
  assert.match(recordOf({ gcMs: 60 }).body, /; 60 ms of it was garbage collection/);
});

test('collections count for the part that lies within', () => {
  const log = new CollectionsLog();
  log.add(90, 20);
  log.add(120, 5);
  log.add(500, 5);
  assert.equal(log.msWithin(100, 200), 15);
});

test('waiting for a processor is read from before the run, and estimated by its share', () => {
  const state = { now: 0, usedMs: 0, waitedMs: 0 };
  const log = new StarvationLog(
    () => state.now,
    () => ({ usedMs: state.usedMs, waitedMs: state.waitedMs }),
  );
  Object.assign(state, { now: 1_000, usedMs: 500, waitedMs: 100 });
  log.tick();
  Object.assign(state, { now: 1_200, usedMs: 600, waitedMs: 200 });
  assert.deepEqual(log.within(1_050, 150), { mostMs: 100, likelyMs: 75 });
  log.tick();
  assert.deepEqual(log.within(1_050, 150), { mostMs: 100, likelyMs: 75 });
});

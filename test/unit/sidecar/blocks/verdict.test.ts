import assert from 'node:assert/strict';
import test from 'node:test';
import type { Sample } from '../../../../src/sidecar/blocks/samples.js';
import { type Circumstances, judge } from '../../../../src/sidecar/blocks/verdict.js';
import type { Capture } from '../../../../src/sidecar/protocol.js';
import type { FrameOrigin } from '../../../../src/tasks/sites/user-code.js';

const frame = (functionName: string, file: string | null = '/app/a.js', line = 1) => ({
  functionName,
  file,
  line,
  column: 1,
  definitionLine: 1,
  definitionColumn: 1,
  origin: (file === null ? 'builtin' : file.startsWith('node:') ? 'node' : 'user') as FrameOrigin,
});
const evaluated = frame('', null);
function sample(
  names: readonly ReturnType<typeof frame>[],
  more: Partial<Capture> = {},
  late = false,
): Sample {
  return {
    late,
    waitedMs: late ? 800 : 1,
    capture: {
      atMs: 0,
      beat: 0,
      frames: [evaluated, ...names],
      truncated: false,
      runs: 0,
      debugger: false,
      ...more,
    },
  };
}
const around: Circumstances = {
  durationMs: 1_000,
  thresholdMs: 200,
  gcMs: 0,
  unansweredMs: 0,
  reached: true,
  stolenMs: 0,
  starvedMs: 0,
  syncCall: undefined,
};
const [outer, inner, other] = [frame('outer'), frame('inner'), frame('other')];

test('one function on top of all samples is proven', () => {
  const verdict = judge(
    [sample([inner, outer], { atMs: 300 }), sample([inner, outer], { atMs: 800 })],
    around,
  );
  assert.equal(verdict.cause, 'javascript');
  assert.equal(verdict.certainty, 'proven');
  assert.equal(verdict.culprit?.functionName, 'inner');
});

test('one that was seen for less than half of the block is likely: others may have run before and after', () => {
  const samples = [300, 350, 400, 799].map((atMs) => sample([inner, outer], { atMs }));
  const verdict = judge(samples, around);
  assert.deepEqual([verdict.cause, verdict.certainty], ['javascript', 'likely']);
  assert.equal(verdict.culprit?.functionName, 'inner');
});

test('a late answer among many short runs does not make them one', () => {
  const runs = [0, 1, 2, 3].map((one) => sample([inner], { runs: one }));
  assert.equal(
    judge([...runs, sample([inner], { runs: 4 }, true)], { ...around, durationMs: 3_000 }).cause,
    'many_short_runs',
  );
});

test('answers between many short runs show nothing of the program, and are no silence', () => {
  const between = [300, 340, 400, 500].map((atMs, runs) => sample([], { atMs, runs }));
  const verdict = judge(between, around);
  assert.deepEqual([verdict.cause, verdict.culprit, verdict.shares], ['many_short_runs', undefined, []]);
  const within = sample([inner, outer], { atMs: 700, runs: 4 });
  const { cause, shares } = judge([...between, within], around);
  assert.equal(cause, 'many_short_runs');
  assert.deepEqual(
    shares.map(([site]) => site.functionName),
    ['inner'],
  );
});

test('what only stands between a caller and what it calls is not to blame, as a `require` that was patched', () => {
  const patched = { ...frame('patchedRequire', '/app/node_modules/require-in-the-middle/index.js') };
  const wrapper = { ...patched, origin: 'wrapper' as const };
  const loader = frame('Module._load', 'node:internal/modules/cjs/loader');
  const stack = [loader, wrapper, inner, outer];
  assert.equal(judge([sample(stack), sample(stack)], around).culprit?.functionName, 'inner');
});

test('a function that calls many small ones is to blame, not one of them', () => {
  const verdict = judge([sample([inner, outer]), sample([other, outer]), sample([inner, outer])], around);
  assert.equal(verdict.culprit?.functionName, 'outer');
});

test('of many answers the last may have come when the function had just returned', () => {
  const inside = sample([inner, outer]);
  const returned = sample([outer]);
  assert.equal(judge([inside, inside, inside, inside, returned], around).culprit?.functionName, 'inner');
  assert.equal(judge([inside, inside, inside, returned], around).culprit?.functionName, 'outer');
  assert.equal(judge([inside, returned, inside, inside, returned], around).culprit?.functionName, 'outer');
});

test('a late look never names its top frame', () => {
  const verdict = judge([sample([inner, outer], {}, true)], around);
  assert.equal(verdict.cause, 'native');
  assert.equal(verdict.certainty, 'suspected');
  assert.equal(verdict.culprit?.functionName, 'outer');
  assert.equal(verdict.inside, true);
  assert.deepEqual(verdict.stack, [outer]);
});

test('one answer, or two of which the first was slow, may show what ran after a native call', () => {
  const slow = { ...sample([inner, outer]), waitedMs: 30 };
  for (const samples of [[sample([inner, outer])], [slow], [slow, sample([inner, outer])]]) {
    const verdict = judge(samples, around);
    assert.deepEqual([verdict.cause, verdict.certainty, verdict.inside], ['native', 'suspected', true]);
    assert.equal(verdict.culprit?.functionName, 'outer');
  }
  assert.equal(judge([slow, sample([inner]), sample([inner])], around).cause, 'javascript');
});

test('a late look with nothing below accuses nobody', () => {
  const verdict = judge([sample([inner], {}, true)], around);
  assert.equal(verdict.culprit, undefined);
});

test('no look at all is a native call of somebody', () => {
  assert.deepEqual(judge([], around), {
    cause: 'native',
    certainty: 'suspected',
    culprit: undefined,
    inside: false,
    stack: [],
    shown: undefined,
    shares: [],
  });
});

test('many runs have shares and no culprit', () => {
  const verdict = judge(
    [sample([inner], { runs: 0 }), sample([inner], { runs: 1 }), sample([other], { runs: 2 })],
    around,
  );
  assert.equal(verdict.cause, 'many_short_runs');
  assert.equal(verdict.culprit, undefined);
  assert.deepEqual(
    verdict.shares.map(([site, share]) => [site.functionName, Math.round(share * 100)]),
    [
      ['inner', 67],
      ['other', 33],
    ],
  );
});

test('of several runs in a block, the one that makes up most of it is to blame, in its own trace', () => {
  const [short, long] = [{ traceId: 'a' }, { traceId: 'b' }] as Capture['trace'][];
  const at = (atMs: number, names: Parameters<typeof sample>[0], runs: number) =>
    sample(names, { atMs, runs, trace: runs === 0 ? short : long });
  const samples = [
    ...[200, 208, 216].map((atMs) => at(atMs, [other], 0)),
    ...[300, 400, 600, 900].map((atMs) => at(atMs, [inner, outer], 1)),
  ];
  const verdict = judge(samples, around);
  assert.deepEqual([verdict.cause, verdict.certainty], ['javascript', 'proven']);
  assert.equal(verdict.culprit?.functionName, 'inner');
  assert.equal(verdict.stack[0]?.functionName, 'inner');
  assert.equal(verdict.shown?.capture.trace, long);
});

test('of several runs none of which makes up half of the block, none is to blame', () => {
  const samples = [
    ...[200, 300].map((atMs) => sample([inner], { atMs, runs: 0 })),
    ...[400, 500].map((atMs) => sample([other], { atMs, runs: 1 })),
    ...[600, 700, 740].map((atMs) => sample([outer], { atMs, runs: 2 })),
  ];
  const verdict = judge(samples, around);
  assert.deepEqual([verdict.cause, verdict.culprit], ['many_short_runs', undefined]);
  assert.equal(verdict.shown, undefined);
  assert.deepEqual(
    verdict.shares.map(([site, share]) => [site.functionName, Math.round(share * 100)]),
    [
      ['other', 37],
      ['outer', 35],
      ['inner', 28],
    ],
  );
});

test('runs that changed once are one run and a bit', () => {
  const samples = [0, 0, 0, 1, 1].map((runs) => sample([inner], { runs }));
  assert.equal(judge(samples, around).cause, 'javascript');
});

test('synchronous calls of Node are told from the stack, and proven by a call that is known to run', () => {
  const read = frame('readFileSync', 'node:fs');
  assert.equal(judge([sample([read, outer])], around).cause, 'sync_io');
  const emitting = sample([frame('emit', 'node:events'), outer]);
  assert.equal(judge([emitting, emitting], around).cause, 'javascript');
  const proven = judge([sample([outer])], { ...around, syncCall: 'fs.readFileSync' });
  assert.deepEqual([proven.cause, proven.certainty], ['sync_io', 'proven']);
});

test('garbage collection, starvation and suspension are told when they account for it', () => {
  const samples = [sample([outer]), sample([outer])];
  assert.equal(judge(samples, { ...around, gcMs: 600 }).cause, 'gc');
  assert.equal(judge(samples, { ...around, starvedMs: 900 }).cause, 'cpu_starved');
  assert.equal(judge(samples, { ...around, stolenMs: 900 }).cause, 'suspended');
  assert.equal(judge(samples, { ...around, stolenMs: 900 }).culprit, undefined);
  assert.equal(judge(samples, { ...around, stolenMs: 500, starvedMs: 350 }).cause, 'suspended');
  assert.equal(judge(samples, { ...around, stolenMs: 350, starvedMs: 500 }).cause, 'cpu_starved');
  assert.equal(judge(samples, { ...around, stolenMs: 400, starvedMs: 350 }).cause, 'javascript');
  // it would have been a block all the same
  assert.equal(judge(samples, { ...around, starvedMs: 700 }).cause, 'javascript');
});

test('a look before a long silence proves nothing', () => {
  const silent = judge([sample([inner, outer])], { ...around, unansweredMs: 900 });
  assert.deepEqual([silent.cause, silent.culprit], ['native', undefined]);
  const late = judge([sample([other]), sample([inner, outer], {}, true)], around);
  assert.deepEqual([late.cause, late.culprit?.functionName], ['native', 'outer']);
});

test('silence is compared with the time in which the thread was run at all', () => {
  const answered = [sample([inner, outer]), sample([inner, outer]), sample([inner, outer])];
  const busy = { ...around, durationMs: 3_200, starvedMs: 1_600 };
  assert.equal(judge([...answered, { ...sample([inner], {}, true), waitedMs: 3_000 }], busy).cause, 'native');
  assert.equal(
    judge([...answered, { ...sample([inner], {}, true), waitedMs: 1_800 }], busy).cause,
    'javascript',
  );
});

test('the silence of a thread that was never asked accuses no native call', () => {
  const unasked = judge([], { ...around, reached: false });
  assert.deepEqual(
    [unasked.cause, unasked.certainty, unasked.culprit],
    ['javascript', 'suspected', undefined],
  );
  assert.equal(judge([], around).cause, 'native');
});

test('a look between two callbacks is none', () => {
  assert.equal(
    judge([sample([]), sample([frame('processTimers', 'node:internal/timers')])], around).cause,
    'native',
  );
});

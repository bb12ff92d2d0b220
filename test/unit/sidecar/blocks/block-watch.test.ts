import assert from 'node:assert/strict';
import test from 'node:test';
import { syncCallCode } from '../../../../src/base/sync-call-mark.js';
import type { Block } from '../../../../src/sidecar/blocks/block.js';
import { BlockWatch } from '../../../../src/sidecar/blocks/block-watch.js';
import { StolenTime } from '../../../../src/sidecar/blocks/stolen-time.js';
import type { Capture } from '../../../../src/sidecar/protocol.js';
import {
  claimRow,
  createMemory,
  MAY_BE_LOADING,
  PROCESS,
  releaseRow,
  STARTED,
  STARTING,
  THREAD,
  wordOf,
} from '../../../../src/sidecar/shared-memory.js';
import type { Site } from '../../../../src/tasks/sites/site-table.js';

const THRESHOLD = 200;

/** A thread and its sidecar on a clock that moves by hand. */
function scene({ answers = true } = {}) {
  const memory = createMemory();
  const row = claimRow(memory, 0) as number;
  const set = (word: number, value: number) => Atomics.store(memory.words, wordOf(row, word), value);
  Atomics.store(memory.words, PROCESS.BLOCKED_LOOP_MS, THRESHOLD);
  const told: string[] = [];
  const stolen = new StolenTime();
  const blocks: Block[] = [];
  const questions: ((capture: Capture) => void)[] = [];
  let now = 0;
  let dismissed = 0;
  let meanwhile = () => {};
  const reply = (atMs = now, more: Partial<Capture> = {}) =>
    questions.shift()?.({
      atMs,
      beat: Atomics.load(memory.words, wordOf(row, THREAD.BEAT)),
      frames: [],
      truncated: false,
      runs: 0,
      debugger: false,
      ...more,
    });
  const watch = new BlockWatch(
    memory,
    row,
    {
      now: () => now,
      ask: (answer) => {
        questions.push(answer);
        if (answers) reply();
      },
      dismiss: () => dismissed++,
      reaches: () => true,
      stolenMs: (from, durationMs) => stolen.within(from, durationMs),
      // reads a file: time enough for the thread to go on
      starvedMs: () => {
        meanwhile();
        return 0;
      },
    },
    {
      blocking: () => {},
      ongoing: (block) => {
        told.push(`ongoing ${now}`);
        blocks.push(block);
      },
      ended: (block) => {
        told.push(`ended ${block.circumstances.durationMs}`);
        blocks.push(block);
      },
    },
  );
  return {
    memory,
    row,
    watch,
    stolen,
    told,
    blocks,
    questions,
    reply,
    set,
    dismissed: () => dismissed,
    /** The loop is free now, and promises to be so again `ms` later. */
    beat(ms = 10) {
      set(THREAD.BEAT, now + 1);
      set(THREAD.DUE, now + ms);
    },
    blockOf(ms: number) {
      set(THREAD.BLOCK_FROM, now - ms);
      set(THREAD.BLOCK_MS, ms);
      Atomics.add(memory.words, wordOf(row, THREAD.BLOCKS), 1);
    },
    /** Looks as often as the watch wants to, until `ms` later. */
    run(ms: number) {
      const end = now + ms;
      let looks = 0;
      for (let next = watch.look(now, 0); ; next = watch.look(now, 0)) {
        looks++;
        if (now + next > end) break;
        now += next;
      }
      now = end;
      return looks;
    },
    /** The thread does that in the midst of a look. */
    meanwhile(action: () => void) {
      meanwhile = action;
    },
    sleep(ms: number) {
      now += ms;
    },
    look: (lateMs: number) => watch.look(now, lateMs),
    /** The whole process is stopped for `ms` right after the watching thread has woken up, and before it looks. */
    lookStopped(ms: number) {
      const wokeAt = now;
      now += ms;
      return watch.look(wokeAt, 0);
    },
  };
}

test('a loop that keeps its promises is looked at seldom and asked nothing', () => {
  const s = scene();
  let looks = 0;
  for (let i = 0; i < 100; i++) {
    s.beat(60);
    looks += s.run(10) - 1;
  }
  assert.deepEqual(s.told, []);
  assert.equal(s.questions.length, 0);
  assert.ok(looks <= 10, `${looks} looks in a second`);
});

test('a late loop is asked, told of at once, told of again at growing intervals, and told of when it is free', () => {
  const s = scene();
  s.beat(10);
  s.run(8_000);
  const times = s.told.map((text) => Number(text.split(' ')[1]));
  assert.equal(times.length, 4);
  assert.ok((times[0] as number) >= 210 && (times[0] as number) < 310, `first told at ${times[0]}`);
  const gaps = times.slice(1).map((time, i) => Math.round((time - (times[i] as number)) / 100) / 10);
  assert.deepEqual(gaps, [1, 2, 4]);
  s.blockOf(7_990);
  s.beat();
  s.run(100);
  assert.equal(s.told.at(-1), 'ended 7990');
  assert.ok((s.blocks[0] as Block).samples.length >= 6);
  assert.ok(s.dismissed() > 0);
});

test('a block that its thread did not survive has an end, if it was told of', () => {
  const s = scene();
  s.beat(10);
  s.blockOf(50);
  s.run(1_000);
  assert.deepEqual(s.told.map((text) => text.split(' ')[0]).slice(-1), ['ongoing']);
  releaseRow(s.memory, s.row);
  claimRow(s.memory, 7);
  s.beat(10);
  s.run(20);
  assert.match(String(s.told.at(-1)), /^ended 9\d\d$/);
  assert.equal(s.blocks.at(-1)?.threadId, 0);
  assert.equal(s.watch.blocked, false);

  const silent = scene({ answers: false });
  silent.beat(10);
  silent.run(215);
  assert.equal(silent.watch.blocked, true);
  releaseRow(silent.memory, silent.row);
  silent.run(500);
  assert.deepEqual(silent.told, []);
});

test('a thread that takes the row of another that blocked has not blocked', () => {
  const s = scene();
  s.beat(10);
  s.run(10);
  s.blockOf(300);
  s.run(10);
  assert.deepEqual(s.told, ['ended 300']);
  releaseRow(s.memory, s.row);
  claimRow(s.memory, 7);
  s.beat(10);
  s.run(10);
  assert.deepEqual(s.told, ['ended 300']);
  s.blockOf(250);
  s.beat(10);
  s.run(10);
  assert.deepEqual(s.told, ['ended 300', 'ended 250']);
  assert.equal(s.blocks.at(-1)?.threadId, 7);
});

test('a block is startup while the entry may be loading, if modules are seen being loaded', () => {
  const site = (file: string) => ({ file, functionName: 'f' }) as Site;
  const stacks = {
    loading: [site(''), site('/app/heavy.mjs'), site('node:internal/modules/esm/module_job')],
    running: [site(''), site('/app/heavy.mjs'), site('node:internal/timers')],
  };
  for (const [word, stack, startup] of [
    [STARTING, stacks.running, true],
    [MAY_BE_LOADING, stacks.loading, true],
    [MAY_BE_LOADING, stacks.running, false],
    [STARTED, stacks.loading, false],
  ] as const) {
    const s = scene({ answers: false });
    s.set(THREAD.STARTUP, word);
    s.beat(10);
    s.run(215);
    s.reply(undefined, { frames: stack });
    s.run(500);
    assert.equal(s.blocks[0]?.startup, startup, `${word}`);
  }
});

test('samples are spread over all of a block, however long it is, and bounded', () => {
  const s = scene();
  s.beat(10);
  for (const ms of [1_000, 10_000, 600_000]) {
    s.run(ms);
    const { samples, from, until } = s.blocks.at(-1) as Block;
    assert.ok(samples.length >= 6 && samples.length <= 41, `${samples.length} samples`);
    assert.ok(samples.every(({ late }) => !late));
    const last = samples.at(-1)?.capture.atMs ?? 0;
    assert.ok(last - from >= 0.8 * (until - from), `the last at ${last} of ${from} to ${until}`);
  }
});

for (const [what, from, expected] of [
  ['takes most of a block', 5, 'fs.readFileSync'],
  ['is a small part of it', 350, undefined],
  ['was cut off before the loop was last free', -5_000, undefined],
] as const) {
  test(`a synchronous call that ${what}`, () => {
    const s = scene({ answers: false });
    s.beat(10);
    s.set(THREAD.SYNC_CALL, syncCallCode('fs.readFileSync'));
    s.set(THREAD.SYNC_CALL_FROM, from);
    s.run(400);
    s.set(THREAD.SYNC_CALL, 0);
    s.sleep(10);
    s.beat();
    s.run(100);
    assert.equal(s.told.length, 2);
    assert.equal(s.blocks[0]?.circumstances.syncCall, expected);
  });
}

test('a block that nobody answers for is told all the same', () => {
  const s = scene({ answers: false });
  s.beat(10);
  s.run(400);
  assert.equal(s.told.length, 1);
  assert.equal(s.questions.length, 1);
  assert.deepEqual(s.blocks[0]?.samples, []);
});

test('an answer after 100 ms is late, one after the loop was free is none', () => {
  const s = scene({ answers: false });
  s.beat(10);
  s.run(400);
  s.reply(400);
  assert.deepEqual(
    s.blocks[0]?.samples.map((sample) => sample.late),
    [true],
  );
  s.run(20);
  s.reply(420, { beat: 12345 });
  assert.equal(s.blocks[0]?.samples.length, 1);
});

test('a block that was over before anybody looked is told from what the thread said', () => {
  const s = scene();
  s.beat(10);
  s.sleep(230);
  s.blockOf(220);
  s.beat();
  s.run(50);
  assert.deepEqual(s.told, ['ended 220']);
});

test('a loop that is free again while a block of it is noted was blocked until then', () => {
  const s = scene();
  s.beat();
  s.look(0);
  s.sleep(10 + THRESHOLD);
  s.meanwhile(() => s.beat());
  s.run(100);
  assert.deepEqual(s.told, [`ended ${THRESHOLD}`]);
});

test('known work and a free row are left alone', () => {
  const s = scene();
  s.beat(10);
  s.set(THREAD.EXPECTED, 1);
  s.run(5_000);
  s.set(THREAD.EXPECTED, 0);
  s.set(THREAD.ID, 0);
  s.run(5_000);
  assert.deepEqual(s.told, []);
});

test('a debugger makes it forget', () => {
  const s = scene();
  s.beat(10);
  s.run(215);
  Atomics.store(s.memory.words, PROCESS.DEBUGGER, 1);
  s.run(5_000);
  assert.deepEqual(s.told, []);
});

test('a stop at a breakpoint that the answer tells of is no block', () => {
  const s = scene({ answers: false });
  s.beat(10);
  s.run(220);
  s.reply(220, { debugger: true });
  assert.equal(s.watch.blocked, false);
  s.run(5_000);
  assert.equal(s.questions.length, 0, 'nothing more is asked until the loop has moved');
  s.beat(10);
  s.run(300);
  assert.equal(s.questions.length, 1);
});

test('when the sidecar itself was not run, the thread has its turn first', () => {
  const s = scene();
  s.beat(10);
  s.sleep(5_000);
  const next = s.look(4_800);
  assert.equal(s.watch.blocked, false);
  s.sleep(next);
  s.blockOf(4_990);
  s.beat();
  s.run(50);
  assert.deepEqual(s.told, ['ended 4990']);
});

test('a stop in the middle of a look is not seen in that look', () => {
  const s = scene();
  s.beat(10);
  s.sleep(5);
  s.sleep(s.lookStopped(5_000));
  assert.equal(s.watch.blocked, false);
  s.look(5_000);
  assert.equal(s.watch.blocked, false);
  s.blockOf(4_990);
  s.beat();
  s.run(50);
  assert.deepEqual(s.told, ['ended 4990']);
});

test('what was stolen is asked for the time of the block', () => {
  const s = scene();
  s.stolen.awake(5_000, 5_000, 4_800, 0);
  s.sleep(5_000);
  s.blockOf(4_000);
  s.beat();
  s.run(50);
  assert.equal(s.blocks[0]?.circumstances.stolenMs, 4_000);
  s.sleep(1_000);
  s.blockOf(900);
  s.run(50);
  assert.equal(s.blocks[1]?.circumstances.stolenMs, 0);
});

test('times go on where 32 bits end', () => {
  const s = scene();
  s.sleep(2 ** 31 - 100);
  s.set(THREAD.BEAT, (2 ** 31 - 100) | 0);
  s.set(THREAD.DUE, (2 ** 31 - 90) | 0);
  s.run(400);
  assert.equal(s.told.length, 1);
});

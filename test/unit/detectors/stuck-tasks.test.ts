import assert from 'node:assert/strict';
import test from 'node:test';
import { AttendedTime } from '../../../src/base/attended-time.js';
import { StuckTasks, type TraceUnderWay } from '../../../src/detectors/stuck-tasks.js';
import { type NewTask, TaskRegistry } from '../../../src/tasks/registry.js';
import type { Site } from '../../../src/tasks/sites/site-table.js';
import type { Task, TaskScope } from '../../../src/tasks/task.js';

const THRESHOLD_MS = 1_000;
const LOOK_MS = 250;

const sites = new Map<string, Site>();

/** The same object for the same place, as the table of sites gives it. */
function siteIn(file: string, line = 1): Site {
  const key = `${file}:${line}`;
  const site = sites.get(key) ?? {
    functionName: 'f',
    file,
    line,
    column: 1,
    definitionLine: line,
    definitionColumn: 1,
    origin: file.startsWith('node:') ? 'node' : 'user',
  };
  sites.set(key, site);
  return site;
}

/** A trace whose tasks are made by hand, in a time of its own. */
class Trace implements TraceUnderWay {
  closed = false;
  tasks: Task[] = [];
  timers = new Set<Task>();
  shed = 0;
  unseen = 0;
  expected: boolean | undefined = true;
  readonly scope: TaskScope;

  constructor(readonly world: World) {
    const trace = this;
    this.scope = {
      get closed() {
        return trace.closed;
      },
      get timers() {
        return trace.timers;
      },
      added: (task) => void trace.tasks.push(task),
      ended: () => {},
      identity: () => undefined,
    };
    world.traces.add(this);
  }

  task(kind: NewTask['kind'], more: Partial<NewTask> = {}): Task {
    const facts: NewTask = { kind, type: 'PROMISE', name: kind, ownership: 'user', ...more };
    return this.world.registry.create({ scope: this.scope, spanId: '' }, facts);
  }

  /** An async function that has come to its first `await`, after `inside` ran in it. */
  waiting(name = 'f', inside: () => void = () => {}): Task {
    const definition = siteIn(`/app/${name}.js`);
    const task = this.task('async_function', { name, site: definition, definition });
    this.world.registry.enter(task);
    inside();
    this.world.registry.leave(task);
    return task;
  }

  /** It goes on, and waits again. */
  goesOn(task: Task): void {
    this.world.registry.resume(task);
    this.world.registry.suspend();
  }

  timer(ms: number, more: Partial<NewTask> = {}): { _destroyed: boolean } {
    const resource = { _destroyed: false, _idleTimeout: ms };
    this.world.registry.watchTimer(this.task('timer', { type: 'Timeout', ...more }), resource);
    return resource;
  }
}

class World {
  nowMs = 0;
  readonly registry = new TaskRegistry(() => this.nowMs);
  readonly traces = new Set<TraceUnderWay>();
  readonly detector = new StuckTasks();
  /** How often the loop had its turn within looks. */
  turns = 0;

  /** Names and owners of what is found within so many milliseconds. */
  look(ms: number): string[] {
    const found: string[] = [];
    for (const until = this.nowMs + ms; this.nowMs < until; ) {
      this.nowMs += LOOK_MS;
      for (const one of this.detector.look(this.traces, this.nowMs, THRESHOLD_MS)) {
        if (one === undefined) {
          this.turns++;
          continue;
        }
        this.registry.markStuck(one.owner, one.stillMs);
        found.push([one.owner, ...one.awaited].map(({ name }) => name).join(' > '));
      }
    }
    return found;
  }
}

const LONG_MS = THRESHOLD_MS * 3;

/** What is found of one trace in a long time. */
function foundIn(make: (trace: Trace) => void): string[] {
  const world = new World();
  make(new Trace(world));
  return world.look(LONG_MS);
}

test('a function that waits while nothing happens in its trace, once', () => {
  const world = new World();
  const trace = new Trace(world);
  trace.waiting('order');
  assert.deepEqual(world.look(THRESHOLD_MS), []);
  assert.deepEqual(world.look(LOOK_MS), ['order']);
  assert.deepEqual(world.look(LONG_MS), []);
});

test('of functions that called each other the innermost, with what it waits for', () => {
  const found = foundIn((trace) => {
    trace.waiting('order', () => {
      trace.waiting('charge', () => {
        trace.task('promise', { name: 'reply' }).observed = true;
      });
    });
  });
  assert.deepEqual(found, ['charge > reply']);
});

test('a promise that somebody looks at, where no function waits', () => {
  const promise = (trace: Trace, observed: boolean) => {
    trace.task('promise', { name: 'reply' }).observed = observed;
  };
  assert.deepEqual(
    foundIn((trace) => promise(trace, true)),
    ['reply'],
  );
  assert.deepEqual(
    foundIn((trace) => promise(trace, false)),
    [],
  );
  assert.deepEqual(
    foundIn((trace) => {
      promise(trace, true);
      trace.waiting('order');
    }),
    ['order'],
  );
});

const PROGRESS: Readonly<Record<string, (trace: Trace, task: Task) => unknown>> = {
  'it goes on': (trace, task) => trace.goesOn(task),
  'another task of the trace goes on': (trace) => trace.goesOn(trace.tasks[0] as Task),
  'a task is made': (trace) => trace.task('io', { type: 'TCPCONNECTWRAP' }),
  'a task is made that is not kept': (trace) => trace.unseen++,
  'there are too many tasks': (trace) => trace.shed++,
};
for (const [name, happen] of Object.entries(PROGRESS)) {
  test(`nothing is said while ${name}, and all when it no longer does`, () => {
    const world = new World();
    const trace = new Trace(world);
    trace.waiting('first');
    const task = trace.waiting('order');
    for (let at = 0; at < 20; at++) {
      happen(trace, task);
      assert.deepEqual(world.look(THRESHOLD_MS * 0.4), []);
    }
    assert.ok(world.look(LONG_MS).includes('order'));
  });
}

const WELL: Readonly<Record<string, (trace: Trace) => void>> = {
  'a timer is set': (trace) => void trace.timer(3_600_000),
  'a timer of a library is set': (trace) => void trace.timer(1, { ownership: 'provisional' }),
  'a long one of Node is set': (trace) => void trace.timer(THRESHOLD_MS, { ownership: 'internal' }),
  'a child process is at work': (trace) => void trace.task('io', { type: 'PROCESSWRAP' }),
  'the answer has begun': (trace) => {
    trace.expected = false;
  },
  'the trace is over': (trace) => {
    trace.closed = true;
  },
};
for (const [name, make] of Object.entries(WELL)) {
  test(`nothing is said where ${name}`, () => {
    assert.deepEqual(
      foundIn((trace) => {
        trace.waiting('order');
        make(trace);
      }),
      [],
    );
  });
}

test('a timer that was cleared, or a short one of Node, says nothing', () => {
  const found = (timer: (trace: Trace) => void) =>
    foundIn((trace) => {
      trace.waiting('order');
      timer(trace);
    });
  assert.deepEqual(
    found((trace) => {
      trace.timer(3_600_000)._destroyed = true;
    }),
    ['order'],
  );
  assert.deepEqual(
    found((trace) => void trace.timer(499, { ownership: 'internal' })),
    ['order'],
  );
});

test('a wait for an event, or for what an iterator gives, is none', () => {
  const events = siteIn('node:events');
  const awaiting = (facts: Partial<NewTask>, kind: NewTask['kind'] = 'async_function') =>
    foundIn((trace) => {
      trace.waiting('order', () => {
        trace.task(kind, facts).observed = true;
      });
    });
  assert.deepEqual(awaiting({ name: 'once', definition: events }), []);
  assert.deepEqual(awaiting({ name: 'next' }, 'promise'), []);
  assert.deepEqual(awaiting({ name: 'query' }, 'promise'), ['order > query']);
});

test('where nobody is known to wait: not what polls another service, nor what may be a consumer', () => {
  const found = (expected: boolean | undefined, facts: Partial<NewTask>) =>
    foundIn((trace) => {
      trace.expected = expected;
      const task = trace.task('promise', { name: 'request' });
      task.observed = true;
      trace.task('io', { name: 'http.request', ...facts });
    });
  assert.deepEqual(found(undefined, { type: 'TCPCONNECTWRAP' }), ['request']);
  // a function whose text cannot be read may be anything
  assert.deepEqual(
    foundIn((trace) => {
      trace.expected = undefined;
      trace.waiting('consume');
    }),
    [],
  );
});

test('a place whose tasks came back after a long time is given longer', () => {
  const world = new World();
  const trace = new Trace(world);
  const slow = trace.waiting('report');
  assert.deepEqual(world.look(THRESHOLD_MS * 2), ['report']);
  world.registry.end(slow, 'fulfilled');
  trace.closed = true;
  assert.deepEqual(world.look(LOOK_MS), []);
  const next = new Trace(world);
  next.waiting('report');
  new Trace(world).waiting('elsewhere');
  assert.deepEqual(world.look(THRESHOLD_MS * 2), ['elsewhere']);
  assert.deepEqual(world.look(THRESHOLD_MS * 3), ['report']);
});

test('one that failed, or was given up, teaches nothing', () => {
  for (const outcome of ['rejected', undefined] as const) {
    const world = new World();
    const trace = new Trace(world);
    const task = trace.waiting('report');
    world.look(THRESHOLD_MS * 2);
    if (outcome) world.registry.end(task, outcome);
    trace.closed = true;
    world.look(LOOK_MS);
    new Trace(world).waiting('report');
    assert.deepEqual(world.look(THRESHOLD_MS + 2 * LOOK_MS), ['report']);
  }
});

test('the loop has its turn between some ten thousand tasks, and nothing is kept of traces that are over', () => {
  const world = new World();
  for (let at = 0; at < 60; at++) {
    const trace = new Trace(world);
    for (let count = 0; count < 1_000; count++) trace.task('promise');
  }
  world.look(LOOK_MS);
  assert.ok(world.turns >= 5, `${world.turns} turns`);
  assert.equal(world.detector.watching, true);
  world.traces.clear();
  world.look(LOOK_MS);
  assert.equal(world.detector.watching, false);
});

test('time in which the process was stopped does not count', () => {
  let nowMs = 0;
  const time = new AttendedTime(() => nowMs);
  for (let second = 0; second < 5; second++) {
    nowMs += 1_000;
    time.tick();
  }
  nowMs += 3_600_000;
  assert.equal(time.tick(), 5_000);
  nowMs += 1_000;
  assert.equal(time.tick(), 6_000);
});

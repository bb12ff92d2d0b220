import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import test, { type TestContext } from 'node:test';
import { HELD_BACK, keepOnTop, observeEmit } from '../../../src/probes/process-emit.js';

const EVENT = 'an event of the test';
type AnyEmit = (event: string, ...args: unknown[]) => boolean;
const emit = (...args: unknown[]) => (process.emit as AnyEmit)(EVENT, ...args);

function observe(t: TestContext): string[] {
  const log: string[] = [];
  const stop = observeEmit([EVENT], {
    before: (_event, args) => void log.push(`before ${args.join()}`),
    after: (_event, completed) => void log.push(`after ${completed}`),
  });
  assert.ok(stop);
  t.after(() => {
    process.removeAllListeners(EVENT);
    stop();
    delete (process as { emit?: unknown }).emit;
  });
  return log;
}

test('sees an event before its listeners, and tells whether they were through', (t) => {
  const log = observe(t);
  assert.equal(emit(1, 2), false);
  process.on(EVENT, () => log.push('listener'));
  assert.equal(emit(3), true);
  process.on(EVENT, () => {
    throw new Error('x');
  });
  assert.throws(() => emit(4), { message: 'x' });
  assert.deepEqual(log, [
    'before 1,2',
    'after true',
    'before 3',
    'listener',
    'after true',
    'before 4',
    'listener',
    'after false',
  ]);
});

test('other events, and those of other emitters, are not its business', (t) => {
  const log = observe(t);
  (process.emit as AnyEmit)('something else');
  Reflect.apply(process.emit, new EventEmitter(), [EVENT]);
  assert.deepEqual(log, []);
});

test('looks like what it replaces', (t) => {
  observe(t);
  assert.equal(process.emit.name, EventEmitter.prototype.emit.name);
  assert.equal(process.emit.length, EventEmitter.prototype.emit.length);
  assert.equal(Object.keys(process).includes('emit'), false);
});

test('an event emitted by a listener is one more', (t) => {
  const log = observe(t);
  process.once(EVENT, () => emit('inner'));
  emit('outer');
  assert.deepEqual(log, ['before outer', 'before inner', 'after true', 'after true']);
});

test('an application that has broken the iterator of arrays has its events as before', (t) => {
  const log = observe(t);
  const heard: unknown[] = [];
  process.on(EVENT, (first, second) => {
    heard[0] = first;
    heard[1] = second;
  });
  const iterator = Array.prototype[Symbol.iterator];
  const call = process.emit as AnyEmit;
  let handled: unknown;
  Array.prototype[Symbol.iterator] = () => {
    throw new Error('broken');
  };
  try {
    handled = call.call(process, EVENT, 1, 2);
  } finally {
    Array.prototype[Symbol.iterator] = iterator;
  }
  assert.deepEqual([handled, heard, log], [true, [1, 2], ['before 1,2', 'after true']]);
});

test('wrapped by others again and again: seen once each time, and bounded', (t) => {
  const log = observe(t);
  for (let i = 0; i < 20; i++) {
    const before = process.emit as AnyEmit;
    process.emit = function (this: unknown, ...args: unknown[]) {
      return Reflect.apply(before, this, args);
    } as typeof process.emit;
    keepOnTop();
  }
  emit(1);
  assert.deepEqual(log, ['before 1', 'after true']);
  assert.equal(keepOnTop(), false, 'gives up in the end');
});

test('a test that stubs `process.emit` for a while and puts it back', (t) => {
  const log = observe(t);
  for (let i = 0; i < 20; i++) {
    const before = process.emit;
    process.emit = (() => true) as unknown as typeof process.emit;
    keepOnTop();
    emit('stubbed');
    process.emit = before;
    assert.equal(keepOnTop(), true);
  }
  emit('again');
  assert.equal(log.filter((line) => line === 'before stubbed').length, 20);
  assert.equal(log.at(-2), 'before again');
});

test('several observe: each sees its own events, and the last one to go puts back what was there', (t) => {
  const log = observe(t);
  const before = (event: string) => void log.push(`the other: ${event}`);
  const stop = observeEmit([EVENT, 'another'], { before });
  emit(1);
  (process.emit as AnyEmit)('another');
  stop?.();
  emit(2);
  assert.deepEqual(log, [
    'before 1',
    `the other: ${EVENT}`,
    'after true',
    'the other: another',
    'before 2',
    'after true',
  ]);
  assert.ok(Object.hasOwn(process, 'emit'));
});

test('one that goes while the event is on its way is told the end of it', (t) => {
  const log = observe(t);
  const after = (_event: string, completed: boolean) => void log.push(`the other: ${completed}`);
  const stop = observeEmit([EVENT], { after });
  process.once(EVENT, () => stop?.());
  emit(1);
  assert.equal(log.at(-1), 'the other: true');
});

test('one that holds an event back: nobody hears of it, and another is as before', (t) => {
  const log = observe(t);
  let holds = true;
  const stop = observeEmit([EVENT], { before: () => (holds ? HELD_BACK : undefined) });
  t.after(() => stop?.());
  process.on(EVENT, () => log.push('listener'));
  assert.equal(emit(1), true);
  holds = false;
  emit(1);
  assert.deepEqual(log, ['before 1', 'before 1', 'listener', 'after true']);
});

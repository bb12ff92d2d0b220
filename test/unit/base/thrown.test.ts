import assert from 'node:assert/strict';
import test from 'node:test';
import vm from 'node:vm';
import { describeCauses, describeThrown } from '../../../src/base/thrown.js';

class PaymentError extends Error {}
class Renamed extends Error {
  override name = 'QuotaError';
}

function throwing(name: string): PropertyDescriptor {
  return {
    configurable: true,
    get() {
      throw new Error(`${name} must not be looked at`);
    },
  };
}

const PLAIN: readonly [what: string, value: unknown, type: string, message: string][] = [
  ['undefined', undefined, 'undefined', ''],
  ['null', null, 'null', ''],
  ['a string', 'out of stock', 'string', 'out of stock'],
  ['a number', 42, 'number', '42'],
  ['a bigint', 10n, 'bigint', '10'],
  ['a symbol', Symbol('s'), 'symbol', 'Symbol(s)'],
  ['false', false, 'boolean', 'false'],
  ['an object', { secret: 1 }, 'Object', ''],
  ['an object with a message', { message: 'm' }, 'Object', 'm'],
  ['an object without prototype', Object.create(null), 'Object', ''],
  ['an array', [1, 2], 'Array', ''],
  ['a function', () => {}, 'Function', ''],
  ['an instance', new (class Refusal {})(), 'Refusal', ''],
  ['an error', new TypeError('t'), 'TypeError', 't'],
  ['an error class without a name of its own', new PaymentError('p'), 'PaymentError', 'p'],
  ['an error that names itself', new Renamed('r'), 'QuotaError', 'r'],
  ['an error of another realm', vm.runInNewContext('new RangeError("x")'), 'RangeError', 'x'],
  ['an abort', new DOMException('stop', 'AbortError'), 'AbortError', 'stop'],
  ['a frozen error', Object.freeze(new Error('cold')), 'Error', 'cold'],
  ['an error named with a sentence', Object.assign(new Error('m'), { name: 'not a name!' }), 'Error', 'm'],
  ['an error whose message is no string', Object.assign(new Error(), { message: { a: 1 } }), 'Error', ''],
];

for (const [what, value, type, message] of PLAIN) {
  test(`describes ${what}`, () => {
    const described = describeThrown(value);
    assert.deepEqual({ type: described.type, message: described.message }, { type, message });
  });
}

test('an error of which every part throws is still an error', () => {
  const error = new TypeError('x');
  for (const name of ['stack', 'name', 'message', 'cause', 'code', 'constructor', 'errors']) {
    Object.defineProperty(error, name, throwing(name));
  }
  assert.deepEqual(describeThrown(error), { type: 'Error', message: '', frames: [], isError: true });
  assert.deepEqual(describeCauses(error), { causes: [], more: false });
});

test('proxies that refuse everything, and revoked ones', () => {
  const refuse = () => {
    throw new Error('trap');
  };
  const handler = { get: refuse, getPrototypeOf: refuse, ownKeys: refuse, has: refuse };
  const revoked = Proxy.revocable(new Error('x'), {});
  revoked.revoke();
  for (const proxy of [new Proxy(new Error('x'), handler), revoked.proxy, new Proxy({}, handler)]) {
    assert.equal(describeThrown(proxy).message, '');
    assert.equal(describeCauses({ cause: proxy, errors: proxy }).causes.length, 1);
  }
});

test('a megabyte of message stays bounded and keeps the frames', () => {
  const described = describeThrown(new Error('m'.repeat(1_000_000)));
  assert.equal(described.message.length, 8_192);
  assert.match(described.message, /… \(1000000 characters\)$/);
  assert.match(described.frames[0] ?? '', /^ {4}at .*thrown\.test/);
});

test('a megabyte of stack stays bounded, and is read in no time', () => {
  const started = performance.now();
  for (const filler of ['\n', ' ', '    at f (/a.js:1:1)\n', 'at ', `    at ${'x'.repeat(900_000)}`]) {
    const error = new Error('x');
    error.stack = filler.repeat(Math.ceil(1_000_000 / filler.length));
    const { frames } = describeThrown(error);
    assert.ok(frames.length <= 50 && frames.join('\n').length <= 51_000);
  }
  assert.ok(performance.now() - started < 2_000, 'took quadratic time');
});

test('a message that looks like frames is no frame', () => {
  const described = describeThrown(new Error('first\n    at secret (/secret.js:1:1)\nlast'));
  assert.doesNotMatch(described.frames.join('\n'), /secret/);
  assert.ok(described.frames.length > 0);
});

test('frames survive another name in the head than the error has now', () => {
  const error = new Error('m');
  error.name = 'Later';
  assert.ok(describeThrown(error).frames.length > 0);
});

test('stacks that are no text, no frames, or cut off', () => {
  for (const stack of [[], {}, 7, '', 'Traceback: line 1', null]) {
    const error = Object.assign(new Error('x'), { stack });
    assert.deepEqual(describeThrown(error).frames, []);
  }
});

test('a chain of ten thousand causes, a cycle, and an aggregate', () => {
  let deep = new Error('bottom');
  for (let i = 0; i < 10_000; i++) deep = new Error(`level ${i}`, { cause: deep });
  const chain = describeCauses(deep);
  assert.deepEqual(
    chain.causes.map(({ message }) => message),
    ['level 9998', 'level 9997', 'level 9996', 'level 9995', 'level 9994'],
  );
  assert.equal(chain.more, true);

  const snake: Error = new Error('snake');
  snake.cause = snake;
  assert.deepEqual(describeCauses(snake), { causes: [], more: false });

  const many = new AggregateError(Array.from({ length: 100 }, (_, i) => new Error(`${i}`)));
  assert.equal(describeCauses(many).causes.length, 5);
  assert.equal(describeCauses(many).more, true);
});

test('codes are kept, other things called code are not', () => {
  assert.equal(describeThrown(Object.assign(new Error(), { code: 'ECONNREFUSED' })).code, 'ECONNREFUSED');
  assert.equal(describeThrown(Object.assign(new Error(), { code: 'token=abc' })).code, undefined);
});

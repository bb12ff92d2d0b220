import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { type DiagLogger, DiagLogLevel, diag } from '@opentelemetry/api';
import { startKit, type TraceKit } from '../support/trace-kit.js';

let kit: TraceKit;
const said: string[] = [];
before(() => {
  const logger = new Proxy({} as DiagLogger, { get: () => (message: string) => void said.push(message) });
  diag.setLogger(logger, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
  kit = startKit({ debug: true });
});
after(async () => {
  await kit.stop();
  // Node before 20.20, 22.22 and 24.13 is warned of
  const failures = said.filter(
    (message) =>
      message.includes('opentelemetry-instrumentation-async') && !/ends the process at a stack/.test(message),
  );
  assert.deepEqual(failures, [], 'a hook failed');
  diag.disable();
});

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

test('frozen promises and promises behind a proxy settle as ever', async () => {
  await kit.trace(async () => {
    assert.equal(await Object.freeze(sleep(1).then(() => 1)), 1);
    const target = sleep(1).then(() => 2);
    const proxied = new Proxy(target, { get: (of, name) => Reflect.get(of, name, of) });
    await assert.rejects(async () => proxied.then.call(proxied, (value) => value), TypeError);
    assert.equal(await target, 2);
  });
});

test("a subclass keeps its class, its species and its constructor's calls", async () => {
  const constructions = async (): Promise<number> => {
    let constructed = 0;
    class Counted<T> extends Promise<T> {
      constructor(executor: ConstructorParameters<typeof Promise<T>>[0]) {
        super(executor);
        constructed++;
      }
    }
    const first = new Counted<number>((resolve) => setTimeout(() => resolve(3), 2));
    const second = first.then((value) => value + 1);
    assert.ok(second instanceof Counted);
    assert.equal(await second, 4);
    return constructed;
  };
  let inside = 0;
  await kit.trace(async () => {
    inside = await constructions();
  });
  kit.instrumentation.disable();
  assert.equal(inside, await constructions());
  kit.instrumentation.enable();
});

test('thenables of every kind: late, twice, throwing, with a getter that throws', async () => {
  await kit.trace(async () => {
    // biome-ignore-start lint/suspicious/noThenProperty: thenables are what is tested
    assert.equal(await { then: (done: (value: number) => void) => void setTimeout(done, 2, 1) }, 1);
    const twice = {
      then(done: (value: number) => void) {
        done(1);
        done(2);
      },
    };
    assert.equal(await twice, 1);
    await assert.rejects(async () => {
      const throwing: PromiseLike<never> = {
        then() {
          throw new Error('then');
        },
      };
      await throwing;
    }, /then/);
    const hostile = {
      get then(): never {
        throw new Error('getter');
      },
    };
    await assert.rejects(async () => void (await hostile), /getter/);
    // biome-ignore-end lint/suspicious/noThenProperty: thenables are what is tested
  });
});

test('a thousand nested calls give their result, and a stack overflow stays one that can be caught', async () => {
  const nested = async (depth: number): Promise<number> => (depth === 0 ? 0 : 1 + (await nested(depth - 1)));
  const endless = (): number => 1 + endless();
  await kit.trace(async () => {
    assert.equal(await nested(1_000), 1_000);
    assert.throws(() => endless(), RangeError);
    await sleep(1);
  });
});

test('async generators, for await, and iteration that is left early', async () => {
  async function* numbers(): AsyncGenerator<number> {
    try {
      for (let i = 0; ; i++) {
        await sleep(0);
        yield i;
      }
    } finally {
      await sleep(0);
    }
  }
  let sum = 0;
  await kit.trace(async () => {
    for await (const value of numbers()) {
      sum += value;
      if (value === 5) break;
    }
  });
  assert.equal(sum, 15);
});

test('the order of microtasks is the same with hooks and without', async () => {
  const order = async (): Promise<string[]> => {
    const seen: string[] = [];
    const step = async (name: string) => {
      seen.push(`${name}1`);
      await null;
      seen.push(`${name}2`);
      await Promise.resolve().then(() => seen.push(`${name}3`));
      seen.push(`${name}4`);
    };
    const forward = async (name: string) => step(name);
    await Promise.all([
      step('a'),
      forward('b'),
      step('c'),
      Promise.reject(new Error('x')).catch(() => seen.push('caught')),
      new Promise<void>((resolve) => queueMicrotask(() => resolve())).then(() => seen.push('m')),
    ]);
    return seen;
  };
  let inside: string[] = [];
  await kit.trace(async () => {
    inside = await order();
  });
  kit.instrumentation.disable();
  const outside = await order();
  kit.instrumentation.enable();
  assert.deepEqual(inside, outside);
});

test("an error's stack, async frames too, is the same with hooks and without", async () => {
  async function fails(): Promise<never> {
    await sleep(2);
    throw new Error('here');
  }
  async function middle(): Promise<void> {
    await fails();
  }
  const stackOf = (): Promise<string> => middle().then(String, (error: Error) => String(error.stack));
  let inside = '';
  await kit.trace(async () => {
    inside = await stackOf();
  });
  kit.instrumentation.disable();
  const outside = await stackOf();
  kit.instrumentation.enable();
  const ours = (stack: string) => stack.split('\n').filter((line) => /fails|middle|here/.test(line));
  assert.deepEqual(ours(inside), ours(outside));
  assert.equal(ours(inside).length, 3);
});

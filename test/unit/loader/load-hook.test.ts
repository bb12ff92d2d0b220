import assert from 'node:assert/strict';
import test from 'node:test';
import { installLoadHook, type Transform } from '../../../src/loader/load-hook.js';
import type { LoadHook, LoadResult } from '../../../src/loader/node-support.js';

const URL = 'file:///app/a.mjs';

function hooked(transform: Transform) {
  let load: LoadHook | undefined;
  let removed = 0;
  const stop = installLoadHook((hooks) => {
    load = hooks.load;
    return { deregister: () => void removed++ };
  }, transform);
  const next = (result: LoadResult | Error) => () => {
    if (result instanceof Error) throw result;
    return result;
  };
  return {
    stop,
    removed: () => removed,
    load: (result: LoadResult | Error) => load?.(URL, { conditions: ['import'] }, next(result)),
  };
}

test('the source is exchanged, all else of the result stays', () => {
  const given = { format: 'module', source: 'one', responseURL: URL, shouldBeReloadedByCJSLoader: true };
  const { load } = hooked((url, { source }, { conditions }) => `${url} ${source} ${conditions}`);
  assert.deepEqual(load(given), { ...given, source: `${URL} one import` });
  assert.equal(given.source, 'one');
});

test('what stays as it is, is the very result', () => {
  const given = { format: 'module', source: 'one' };
  assert.equal(hooked(() => undefined).load(given), given);
});

test('whatever we throw, the module loads; and we do not try again', () => {
  let calls = 0;
  const { load } = hooked(() => {
    calls++;
    throw new RangeError('ours');
  });
  const given = { format: 'module', source: 'one' };
  assert.equal(load(given), given);
  assert.equal(load(given), given);
  assert.equal(calls, 1);
});

test('what the next hook throws is what the application sees', () => {
  const error = new SyntaxError('theirs');
  assert.throws(
    () => hooked(() => 'never').load(error),
    (thrown) => thrown === error,
  );
});

test('stopped, it is gone, and does nothing where somebody still calls it', () => {
  const { load, stop, removed } = hooked(() => 'two');
  stop();
  assert.equal(removed(), 1);
  const given = { format: 'module', source: 'one' };
  assert.equal(load(given), given);
});

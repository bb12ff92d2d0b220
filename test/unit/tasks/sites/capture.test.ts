import assert from 'node:assert/strict';
import test from 'node:test';
import { captureCreation, captureFrames } from '../../../../src/tasks/sites/capture.js';

const HERE = import.meta.url;

function probe() {
  return captureCreation(probe, 32);
}

test('frames above the given function are left out', () => {
  function inner() {
    return captureFrames(inner, 3);
  }
  function outer() {
    return inner();
  }
  const [first] = outer();
  assert.equal(first?.functionName, 'outer');
  assert.equal(first?.file, HERE);
  assert.equal(first?.origin, 'user');
});

test('an async function that is entered: itself on top, its definition, and who called it', () => {
  let seen: ReturnType<typeof probe> | undefined;
  async function entered() {
    seen = probe();
  }
  function calls() {
    void entered();
  }
  calls();
  assert.equal(seen?.top?.functionName, 'entered');
  assert.equal(seen?.user, seen?.top);
  assert.equal(seen?.caller?.functionName, 'calls');
  assert.equal(seen?.userBelow, seen?.caller);
  assert.ok(seen !== undefined && seen.top !== undefined && seen.top.definitionLine < seen.top.line);
  assert.equal(seen.entry, undefined);
});

test('builtins on top are told apart, and the frame below them is the caller', () => {
  let seen: ReturnType<typeof probe> | undefined;
  class Hooked extends Promise<void> {}
  function makes() {
    return new Hooked(() => {
      seen = probe();
    });
  }
  void makes();
  assert.equal(seen?.top?.origin, 'user');
  assert.equal(seen?.caller?.functionName, 'Hooked');
  [1].map(probe).forEach((creation) => {
    assert.equal(creation.top?.origin, 'builtin');
    assert.equal(creation.top?.functionName, 'Array.map');
    assert.equal(creation.entry, creation.top);
    assert.equal(creation.user?.file, HERE);
    assert.equal(creation.user, creation.userBelow);
  });
});

test('an awaiting caller is not who called', async () => {
  async function resumed() {
    await undefined;
    return captureCreation(resumed, 8, true);
  }
  const creation = await resumed();
  assert.equal(creation.caller, undefined);
  assert.equal(creation.asyncFrom, 0);
});

test('equal places are the same object', () => {
  const sites = [1, 2].map(() => probe().top);
  assert.equal(sites[0], sites[1]);
  assert.ok(sites[0]?.line);
});

test('an inherited method is named after the class it was called on', () => {
  class Base {
    save() {
      return probe().top?.typeName;
    }
  }
  class One extends Base {}
  class Two extends Base {}
  assert.deepEqual([new One().save(), new Two().save(), new One().save()], ['One', 'Two', 'One']);
});

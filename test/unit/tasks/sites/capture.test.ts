import assert from 'node:assert/strict';
import test from 'node:test';
import util from 'node:util';
import vm from 'node:vm';
import { captureFrames } from '../../../../src/tasks/sites/capture.js';
import { type Site, siteOfPlain, siteTableEvictions } from '../../../../src/tasks/sites/site-table.js';

const HERE = import.meta.url;
// biome-ignore lint/security/noGlobalEval: this is what is tested
const indirectEval = globalThis.eval;

const hasGetCallSites = 'getCallSites' in util;

function probe(): readonly Site[] {
  return captureFrames(probe, 8);
}

test('frames above the given function are left out, and no more than asked for come back', () => {
  function inner() {
    return captureFrames(inner, 1);
  }
  function outer() {
    return inner();
  }
  const frames = outer();
  assert.equal(frames.length, 1);
  assert.equal(frames[0]?.functionName, 'outer');
  assert.equal(frames[0].file, HERE);
  assert.equal(frames[0].origin, 'user');
});

test('a frame knows where its function begins', () => {
  const line = probe()[0]?.line as number;
  async function entered() {
    return probe()[0];
  }
  return entered().then((site) => {
    assert.equal(site?.functionName, 'entered');
    assert.equal(site.line, line + 2);
    assert.deepEqual([site.definitionLine, site.definitionColumn], [line + 1, 5]);
  });
});

test('functions of the engine have a name and no file', async () => {
  let frames: readonly Site[] = [];
  const named = (site: Site | undefined) => [site?.functionName, site?.file, site?.origin];
  void new Promise(() => {
    frames = probe();
  });
  assert.deepEqual(named(frames[1]), ['new Promise', null, 'builtin']);
  [1].forEach(() => {
    frames = probe();
  });
  assert.deepEqual(named(frames[1]), ['Array.forEach', null, 'builtin']);
  Array.from([1], () => {
    frames = probe();
    return 0;
  });
  assert.deepEqual(named(frames[1])[2], 'builtin');
  assert.match(frames[1]?.functionName as string, /\.from$/);
});

test('an awaiting caller is not on the stack', async () => {
  async function inner() {
    await undefined;
    return probe();
  }
  async function outer() {
    return await inner();
  }
  const frames = await outer();
  assert.deepEqual(
    frames.map((frame) => frame.functionName),
    ['inner'],
  );
});

test('equal places are the same object', () => {
  const sites = [1, 2].map(() => probe()[0]);
  assert.ok(sites[0]);
  assert.equal(sites[0], sites[1]);
});

test('what eval runs stands where eval was called, unless it names itself', () => {
  const line = probe()[0]?.line as number;
  const indirect = indirectEval('(function evaluated(probe) { return probe(); })');
  const nested = new Function('probe', 'return eval("probe()")');
  for (const [site, name] of [
    [indirect(probe)[0], 'evaluated'],
    [nested(probe)[0], 'eval'],
  ] as const) {
    assert.equal(site.functionName, name);
    assert.equal(site.file, HERE);
    assert.equal(site.origin, 'user');
    assert.ok(site.line > line && site.line < line + 5, `${site.line}`);
  }
  const own = indirectEval('(function named(probe) { return probe(); })\n//# sourceURL=/app/src/named.js');
  assert.deepEqual([own(probe)[0].file, own(probe)[0].line], ['/app/src/named.js', 1]);
});

test('scripts of vm, with and without a name, and of other contexts', () => {
  const code = '(function (probe) { return probe(); })';
  assert.equal(vm.runInThisContext(code)(probe)[0].file, 'evalmachine.<anonymous>');
  assert.equal(vm.runInNewContext(code)(probe)[0].origin, 'user');
  const script = vm.runInThisContext(code, { filename: 'C:\\app\\node_modules\\x\\a.js' });
  assert.equal(script(probe)[0].origin, 'library');
});

test('a script whose name is a megabyte long is not kept alive by our tables', async () => {
  const url = `data:text/javascript,export default (probe) => probe();//${'x'.repeat(1_000_000)}`;
  const { default: run } = await import(url);
  const site = run(probe)[0] as Site;
  assert.equal(site.origin, 'user');
  assert.ok((site.file as string).length < 1_000);
});

test('a full stack yields no frames and leaves Error as it was', () => {
  const before = [Error.prepareStackTrace, Error.stackTraceLimit];
  let captures = 0;
  let empty = 0;
  function recurse(): void {
    captures++;
    if (captureFrames(recurse, 4).length === 0) empty++;
    recurse();
  }
  assert.throws(recurse, RangeError);
  assert.ok(captures > 100);
  assert.deepEqual([Error.prepareStackTrace, Error.stackTraceLimit], before);
  assert.ok(empty < captures / 2);
  assert.equal(captureFrames(recurse, 4).length, 0, 'recurse is not on this stack');
  assert.ok(probe().length > 0);
});

test('a capture cut off by the timeout of vm is put right by the next one, or by the next error', () => {
  const before = [Error.prepareStackTrace, Error.stackTraceLimit];
  for (let round = 0; round < 40; round++) {
    const context = vm.createContext({ probe });
    assert.throws(() => vm.runInContext('for (;;) probe()', context, { timeout: 2 }), { name: 'Error' });
    if (round % 2 === 0) assert.equal(probe()[0]?.file, HERE);
    else assert.match(new Error('formatted').stack as string, /^Error: formatted\n +at .*capture\.test/);
    assert.deepEqual([Error.prepareStackTrace, Error.stackTraceLimit], before);
  }
});

test('a capture interrupted by another one is made again', () => {
  const before = [Error.prepareStackTrace, Error.stackTraceLimit];
  // called in the midst of a capture
  const { get } = Map.prototype;
  for (let at = 1; at <= 4; at++) {
    let calls = 0;
    let inner: readonly Site[] = [];
    Map.prototype.get = function (key) {
      if (++calls === at) inner = probe();
      return get.call(this, key);
    };
    const outer = probe();
    Map.prototype.get = get;
    assert.ok(calls > at);
    if (hasGetCallSites) assert.equal(inner[0]?.file, HERE);
    else assert.deepEqual(inner, []);
    assert.equal(outer[0]?.file, HERE);
    assert.equal(outer[1]?.functionName, probe()[1]?.functionName);
    assert.deepEqual([Error.prepareStackTrace, Error.stackTraceLimit], before);
    assert.equal(probe()[0]?.file, HERE);
  }
});

test('a flood of places empties the table and is counted', () => {
  const evictions = siteTableEvictions();
  const site = (line: number) =>
    siteOfPlain({ functionName: 'f', scriptName: '/app/flood.js', lineNumber: line, columnNumber: 2_000 });
  const first = site(1);
  assert.equal(site(1), first);
  for (let line = 1; line <= 25_000; line++) site(line);
  assert.equal(siteTableEvictions(), evictions + 1);
  assert.notEqual(site(1), first);
  assert.deepEqual(site(1), first);
});

test('frames are read only so far below user code as is asked for', () => {
  function here() {
    return captureFrames(here, 20, 1).map(({ functionName }) => functionName);
  }
  function outer() {
    return inner();
  }
  function inner() {
    return here();
  }
  assert.deepEqual(outer(), ['inner', 'outer']);
});

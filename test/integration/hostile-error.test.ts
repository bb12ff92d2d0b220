import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import test from 'node:test';

/** What applications and their libraries do to `Error`, and whether frames can still be had without `getCallSites`. */
const CASES: readonly [what: string, setup: string, borrowable: boolean, ...flags: string[]][] = [
  ['nothing', '', true],
  ['source maps on', '', true, '--enable-source-maps'],
  ['a limit of 0 by flag', '', true, '--stack-trace-limit=0'],
  ['frozen intrinsics', '', false, '--frozen-intrinsics'],
  ['prepareStackTrace of its own', 'Error.prepareStackTrace = counted', true],
  [
    'prepareStackTrace of its own, source maps on',
    'Error.prepareStackTrace = counted',
    true,
    '--enable-source-maps',
  ],
  ['prepareStackTrace absent', 'delete Error.prepareStackTrace', true],
  [
    'prepareStackTrace absent, source maps on',
    'delete Error.prepareStackTrace',
    true,
    '--enable-source-maps',
  ],
  ['prepareStackTrace undefined', 'Error.prepareStackTrace = undefined', true],
  ['prepareStackTrace rubbish', 'Error.prepareStackTrace = "rubbish"', true],
  ['prepareStackTrace read-only', 'define("prepareStackTrace", { value: counted, writable: false })', true],
  [
    'prepareStackTrace read-only for good',
    'define("prepareStackTrace", { value: counted, writable: false, configurable: false })',
    false,
  ],
  ['prepareStackTrace an accessor', 'accessor("prepareStackTrace", counted, true)', true],
  ['prepareStackTrace an accessor for good', 'accessor("prepareStackTrace", counted, false)', false],
  ['limit 0', 'Error.stackTraceLimit = 0', true],
  ['limit Infinity', 'Error.stackTraceLimit = Infinity', true],
  ['limit negative', 'Error.stackTraceLimit = -1', true],
  ['limit NaN', 'Error.stackTraceLimit = NaN', true],
  ['limit a string', 'Error.stackTraceLimit = "many"', true],
  ['limit deleted', 'delete Error.stackTraceLimit', true],
  ['limit read-only', 'define("stackTraceLimit", { value: 0, writable: false })', true],
  [
    'limit read-only for good',
    'define("stackTraceLimit", { value: 3, writable: false, configurable: false })',
    false,
  ],
  ['limit an accessor', 'accessor("stackTraceLimit", 7, true)', true],
  ['limit an accessor for good', 'accessor("stackTraceLimit", 7, false)', false],
  ['Error frozen', 'Object.freeze(Error)', false],
  ['Error sealed', 'Object.seal(Error)', true],
  [
    'Error not extensible, nothing to lend',
    'delete Error.prepareStackTrace; Object.preventExtensions(Error)',
    false,
  ],
  [
    'Error replaced',
    'globalThis.Error = class extends Error {}; globalThis.Error.prepareStackTrace = counted',
    false,
  ],
  ['captureStackTrace replaced', 'Error.captureStackTrace = counted', true],
  ['source-map-support', 'require("source-map-support").install({ hookRequire: true })', true],
  [
    'source-map-support with source maps on',
    'require("source-map-support").install()',
    true,
    '--enable-source-maps',
  ],
  [
    'depd',
    'const deprecate = require("depd")("app"); process.noDeprecation = true; const old = deprecate.function(() => {}, "old"); after = old',
    true,
  ],
];

const CHILD = `
  import { createRequire } from 'node:module';
  import { captureFrames } from '${new URL('../../src/tasks/sites/capture.js', import.meta.url)}';
  const require = createRequire('${import.meta.url}');
  const OriginalError = Error;
  let calls = 0;
  let after = () => {};
  function counted() { calls++; return 'text of its own'; }
  function define(name, property) { Object.defineProperty(Error, name, property); }
  function accessor(name, value, configurable) {
    define(name, { configurable, get() { calls++; return value; }, set() { calls++; } });
  }
  function hook() { return captureFrames(hook, 4); }
  function userFunction() { return hook(); }
  function outside() { return userFunction(); }
  const state = () => [OriginalError, globalThis.Error].flatMap((E) => Reflect.ownKeys(E).flatMap((key) =>
    [key, ...Object.entries(Object.getOwnPropertyDescriptor(E, key)).flat()]));
  (() => { SETUP })();
  const texts = [], states = [];
  let frames, unread;
  for (let round = 0; round < 3; round++) {
    const early = new OriginalError('early');
    calls = 0;
    if (round > 0) for (let i = 0; i < 100; i++) frames = outside();
    unread = calls;
    texts.push(early.stack, new OriginalError('late').stack);
    states.push(state());
    after();
  }
  const same = states.every((one) => one.length === states[0].length && one.every((x, i) => Object.is(x, states[0][i])));
  console.log(JSON.stringify({
    names: frames.map((frame) => frame.functionName), calls: unread, same,
    texts: new Set(texts.map((text) => text?.replace(/early|late/, '').replace(/:\\d+:\\d+/, ''))).size,
  }));
`;

const hasGetCallSites = Number(process.versions.node.split('.')[0]) >= 22;

for (const [what, setup, borrowable, ...flags] of CASES) {
  test(`captures leave no trace in Error, and call nothing of the application's: ${what}`, () => {
    const child = spawnSync(
      process.execPath,
      [...flags, '--input-type=module', '-e', CHILD.replace('SETUP', setup)],
      { encoding: 'utf8', timeout: 60_000 },
    );
    assert.equal(child.status, 0, child.stderr);
    const { names, ...rest } = JSON.parse(child.stdout);
    assert.deepEqual(rest, { calls: 0, same: true, texts: 1 });
    const expected = borrowable || hasGetCallSites ? ['userFunction', 'outside'] : [];
    assert.deepEqual(names.slice(0, 2), expected);
    assert.ok(!/error|exception/i.test(child.stderr), child.stderr);
  });
}

import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after } from 'node:test';
import { captureFrames } from '../../../../src/tasks/sites/capture.js';
import {
  findApplicationPackage,
  findOwnPrefixes,
  originOf,
  setUserLibraries,
} from '../../../../src/tasks/sites/user-code.js';

after(() => setUserLibraries([]));

test('whose code a script is', () => {
  const cases: Record<string, (string | null | undefined)[]> = {
    builtin: [null, undefined, '', '<anonymous>', 'native'],
    node: ['node:fs', 'node:internal/timers', 'internal/process/task_queues', '[eval]-wrapper'],
    library: [
      '/app/node_modules/pg/lib/client.js',
      'file:///app/node_modules/pg/lib/client.js',
      'C:\\app\\node_modules\\pg\\lib\\client.js',
      'file:///C:/app/node_modules/pg/lib/client.js',
      '/app/node_modules/.pnpm/pg@8.0.0/node_modules/pg/lib/client.js',
      '/app/node_modules/@fastify/send/index.js',
      '/app/node_modules/@opentelemetry/api/node_modules/left-pad/index.js',
      'webpack://shop/./node_modules/pg/lib/client.js',
      'wasm://wasm/0001a2b3',
    ],
    opentelemetry: [
      '/app/node_modules/@opentelemetry/sdk-trace-base/build/src/export/BatchSpanProcessor.js',
      'C:\\app\\node_modules\\@opentelemetry\\core\\build\\src\\index.js',
    ],
    wrapper: [
      '/app/node_modules/.pnpm/@opentelemetry+api@1.9.0/node_modules/@opentelemetry/api/build/src/index.js',
      'C:\\app\\node_modules\\@opentelemetry\\api\\build\\src\\index.js',
      '/app/node_modules/@opentelemetry/instrumentation-pg/build/src/index.js',
      '/app/node_modules/import-in-the-middle/index.js',
      '/app/node_modules/@opentelemetry/sdk-trace-base/build/src/Tracer.js',
      '/app/node_modules/@opentelemetry/sdk-trace/build/src/Tracer.js',
    ],
    self: [
      '/app/node_modules/opentelemetry-instrumentation-async/dist/index.js',
      new URL('../../../../src/runtime.js', import.meta.url).href,
      new URL('../../../../src/runtime.js', import.meta.url).pathname,
    ],
    user: [
      '/app/src/a.js',
      'file:///app/src/a.js',
      'file:///app/src/a.js?version=2',
      'C:\\app\\a.js',
      '/app/my_node_modules/a.js',
      '/app/node_modules.js',
      'evalmachine.<anonymous>',
      '[eval]',
      '[eval1]',
      '[worker eval]',
      '[stdin]',
      'REPL1',
      'webpack-internal:///./src/a.js',
      'data:text/javascript,export default 1/node_modules/x/',
      import.meta.url,
    ],
  };
  for (const [origin, names] of Object.entries(cases)) {
    for (const name of names) {
      assert.equal(originOf(name), origin, `${name}`);
      assert.equal(originOf(name), origin, `${name}, remembered`);
    }
  }
});

test('ours that call what is not ours only stand between', () => {
  for (const name of [
    'base/expected-work',
    'probes/compiled/followed-promise',
    'probes/process-emit',
    'probes/sync-calls/sync-call-probe',
    'register/provider-switch',
    'sidecar/heartbeat',
    'sidecar/watched-thread',
  ]) {
    const { href, pathname } = new URL(`../../../../src/${name}.js`, import.meta.url);
    assert.ok(existsSync(new URL(`../../../../../src/${name}.ts`, import.meta.url)), name);
    assert.deepEqual([originOf(href), originOf(pathname)], ['wrapper', 'wrapper'], name);
  }
});

test('libraries named by the user are user code, while they are named', () => {
  const own = '/app/node_modules/@acme/db/index.js';
  const other = '/app/node_modules/pg/index.js';
  const run = new Function('probe', 'return probe();\n//# sourceURL=/app/node_modules/pg/run.js');
  const captured = () => {
    const probe = (): ReturnType<typeof captureFrames> => captureFrames(probe, 1);
    return run(probe)[0].origin;
  };
  assert.deepEqual([originOf(own), originOf(other), captured()], ['library', 'library', 'library']);
  setUserLibraries(['@acme/*', 'pg']);
  assert.deepEqual([originOf(own), originOf(other), captured()], ['user', 'user', 'user']);
  setUserLibraries(['@acme/db']);
  assert.deepEqual([originOf(own), originOf(other), captured()], ['user', 'library', 'library']);
  setUserLibraries([]);
  assert.deepEqual([originOf(own), originOf(other), captured()], ['library', 'library', 'library']);
});

test('our own files are found by where they lie, and not in a bundle', () => {
  assert.deepEqual(findOwnPrefixes('file:///app/node_modules/x/dist/tasks/sites/user-code.js'), [
    'file:///app/node_modules/x/dist/',
    '/app/node_modules/x/dist/',
  ]);
  assert.deepEqual(findOwnPrefixes('file:///repo%20a/build/src/tasks/sites/user-code.js'), [
    'file:///repo%20a/build/src/',
    '/repo a/build/src/',
  ]);
  for (const url of ['file:///app/dist/server.js', 'webpack://x/dist/tasks/sites/user-code.js', undefined]) {
    assert.deepEqual(findOwnPrefixes(url), []);
  }
});

test('an application that is installed globally is user code, a tool of the project is not', () => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'user-code-')));
  after(() => rmSync(folder, { recursive: true }));
  const main = join(folder, 'lib', 'node_modules', '@acme', 'app', 'bin', 'main.js');
  mkdirSync(join(main, '..'), { recursive: true });
  mkdirSync(join(folder, 'bin'));
  writeFileSync(main, '');
  const link = join(folder, 'bin', 'app');
  symlinkSync(main, link);
  const found = (workingDirectory: string, script: string | undefined = link) =>
    findApplicationPackage(script, () => workingDirectory);
  const path = join(folder, 'lib', 'node_modules', '@acme', 'app');
  assert.equal(found('/srv'), path);
  assert.equal(found(folder), path);
  assert.equal(found(join(folder, 'lib')), undefined, 'run from its own project');
  assert.equal(found(join(folder, 'lib', 'src')), undefined, 'run from within its own project');
  assert.equal(found(join(folder, 'library')), path);
  assert.equal(found('/srv', join(folder, 'none.js')), undefined);
  assert.equal(findApplicationPackage(undefined, process.cwd), undefined);
  const gone = () => {
    throw new Error('ENOENT: no such file or directory, uv_cwd');
  };
  assert.equal(findApplicationPackage(link, gone), undefined);
});

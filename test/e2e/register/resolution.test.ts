import assert from 'node:assert/strict';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Application, REGISTER } from '../../support/application.js';
import { OtlpSink } from '../../support/otlp-sink.js';

const repository = fileURLToPath(new URL('../../../..', import.meta.url));
const SPAN = `
  import { trace } from '@opentelemetry/api';
  trace.getTracer('t').startSpan('found').end();
`;

let sink: OtlpSink;
before(async () => {
  sink = await OtlpSink.start();
});
after(() => sink.stop());
const folders: string[] = [];
const applications: Application[] = [];
afterEach(() => {
  sink.requests.length = 0;
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
  for (const app of applications.splice(0)) app.remove();
});

function emptyFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'otel-async-tree-')));
  folders.push(folder);
  return folder;
}

function application(files: Record<string, string>, modules: string): Application {
  const app = new Application(files, modules);
  applications.push(app);
  return app;
}

/** A `node_modules` that shows only `names`, as links into a store: how pnpm lays an application out. */
function linkedModules(...names: string[]): string {
  const modules = join(emptyFolder(), 'node_modules');
  for (const name of names) {
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(join(repository, 'node_modules', name), join(modules, name));
  }
  return modules;
}

/** Without the watchdog, which reports the blocks of a busy machine to the same place. */
const env = () => ({ OTEL_EXPORTER_OTLP_ENDPOINT: sink.url, OTEL_NODE_ASYNC_WATCHDOG_ENABLED: 'false' });
const flags = ['--import', REGISTER];

test('pnpm: what the installed packages bring along is found behind them', async () => {
  const app = application(
    { 'app.mjs': SPAN },
    linkedModules('@opentelemetry/api', '@opentelemetry/sdk-node'),
  );
  const ended = await app.run('app.mjs', { flags, env: env() });
  assert.equal(ended.stderr, '');
  assert.deepEqual(sink.spanNames(), ['found']);
  assert.ok(sink.metricNames().includes('nodejs.eventloop.utilization'));
});

test('the working directory is searched where the program has no SDK, as with a global command', async () => {
  const command = application(
    { 'command.mjs': `await import(process.cwd() + '/app.mjs');` },
    linkedModules(),
  );
  const project = application({ 'app.mjs': SPAN }, join(repository, 'node_modules'));
  const ended = await command.run('command.mjs', { flags, env: env(), cwd: project.folder });
  assert.equal(ended.stderr, '');
  assert.deepEqual(sink.spanNames(), ['found']);
});

test('without any SDK one line says what to install, and the application runs', async () => {
  const home = emptyFolder();
  // a copy of ours beside nothing but the API, as npx would have it
  const own = join(home, 'node_modules', 'opentelemetry-instrumentation-async');
  cpSync(join(repository, 'dist'), join(own, 'dist'), { recursive: true });
  cpSync(join(repository, 'package.json'), join(own, 'package.json'));
  mkdirSync(join(home, 'node_modules', '@opentelemetry'));
  cpSync(
    join(repository, 'node_modules', '@opentelemetry', 'api'),
    join(home, 'node_modules', '@opentelemetry', 'api'),
    {
      recursive: true,
    },
  );
  writeFileSync(join(home, 'app.mjs'), `console.log('runs');`);
  const app = application({}, linkedModules());
  const ended = await app.run(join('..', home.split('/').at(-1) as string, 'app.mjs'), {
    flags: ['--import', join(own, 'dist', 'register.js')],
    env: env(),
    cwd: home,
  });
  assert.equal(ended.stdout, 'runs\n');
  assert.match(
    ended.stderr,
    /^[^\n]*no OpenTelemetry SDK is installed[^\n]*npm install @opentelemetry\/sdk-node\n$/,
  );
});

test('traces alone: one line names the packages that metrics and logs lack', async () => {
  const home = emptyFolder();
  const scope = join(home, 'node_modules', '@opentelemetry');
  mkdirSync(scope, { recursive: true });
  const wanted =
    /^(api|core|resources|semantic-conventions|sdk-trace.*|context-async-hooks|otlp-transformer)$/;
  for (const name of readdirSync(join(repository, 'node_modules', '@opentelemetry')).filter((one) =>
    wanted.test(one),
  )) {
    cpSync(join(repository, 'node_modules', '@opentelemetry', name), join(scope, name), { recursive: true });
  }
  // its serialisers for metrics and logs do not load without the packages; a stub stands for a trace-only one
  const { name, version } = { name: '@opentelemetry/otlp-transformer', version: '0.223.0' };
  rmSync(join(scope, 'otlp-transformer'), { recursive: true });
  mkdirSync(join(scope, 'otlp-transformer'));
  writeFileSync(
    join(scope, 'otlp-transformer', 'package.json'),
    JSON.stringify({ name, version, main: 'index.js' }),
  );
  writeFileSync(
    join(scope, 'otlp-transformer', 'index.js'),
    `exports.ProtobufTraceSerializer = { serializeRequest: () => new Uint8Array() };`,
  );
  const app = application({ 'app.mjs': SPAN }, join(home, 'node_modules'));
  const ended = await app.run('app.mjs', { flags, env: env() });
  assert.deepEqual(
    sink.requests.map((request) => request.path),
    ['/v1/traces'],
  );
  assert.match(
    ended.stderr,
    /metrics, logs\. npm install @opentelemetry\/sdk-metrics@2 @opentelemetry\/sdk-logs@2\n$/,
  );
});

test('an SDK bundled into the entry is left alone', async () => {
  const bundle = `console.log('Cannot execute the operation on ended Span'); ${SPAN}`;
  const app = application({ 'bundle.mjs': bundle }, join(repository, 'node_modules'));
  const ended = await app.run('bundle.mjs', { flags, env: env() });
  assert.match(ended.stderr, /^[^\n]*bundled[^\n]*OTEL_NODE_ASYNC_START_SDK=true[^\n]*\n$/);
  assert.deepEqual(sink.requests, []);
});

test('npm, which NODE_OPTIONS reaches too, is left alone', async () => {
  const app = application(
    { 'package.json': '{ "scripts": { "hello": "node app.mjs" } }', 'app.mjs': SPAN },
    join(repository, 'node_modules'),
  );
  mkdirSync(join(app.folder, 'tool', 'node_modules', 'npm', 'bin'), { recursive: true });
  writeFileSync(
    join(app.folder, 'tool', 'node_modules', 'npm', 'bin', 'npm-cli.js'),
    `require('node:child_process').execFileSync(process.execPath, ['app.mjs'], { stdio: 'inherit' });`,
  );
  const ended = await app.run('tool/node_modules/npm/bin/npm-cli.js', {
    env: { ...env(), NODE_OPTIONS: `--import ${REGISTER}` },
  });
  assert.equal(ended.stderr, '');
  assert.equal(new Set(sink.resources.map((resource) => resource.get('process.pid'))).size, 1);
  assert.deepEqual(sink.spanNames(), ['found']);
});

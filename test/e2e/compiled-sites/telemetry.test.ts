/** What arrives: spans of compiled functions, each with the line of the author's source that called it. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import test, { after, afterEach, beforeEach } from 'node:test';
import { build } from 'esbuild';
import { esbuild } from '../../../src/bundler.js';
import { fromKeyValues } from '../../../src/otlp/values.js';
import { REGISTER } from '../../support/application.js';
import { CompiledApplication, cannotCompile } from '../../support/compiled-run.js';
import { OtlpSink } from '../../support/otlp-sink.js';

const require = createRequire(import.meta.url);
const tsc = join(dirname(require.resolve('typescript/package.json')), 'bin', 'tsc');

/** The enum moves all that follows to other lines in JavaScript. */
const SOURCE = `
import { trace } from '@opentelemetry/api';

enum Size {
  Small = 1,
}

async function load(id: number): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve, 20));
  return id;
}

async function order(): Promise<number> {
  const first = await load(1), second = (await Promise.all([load(Size.Small), null]))[0];
  return first + second;
}

trace.getTracer('t').startActiveSpan('request', async (span) => {
  console.log(await order());
  span.end();
});
`;
const WHERE = ['src/main.ts:14:23 load', 'src/main.ts:14:61 load', 'src/main.ts:19:21 order'];

const application = new CompiledApplication({
  'package.json': '{ "type": "module" }',
  'src/main.ts': SOURCE,
  'plain/main.mjs': `${SOURCE.replace(/: (number|Promise<number>)/g, '').replace(/enum[^}]*\}/, 'const Size = {\n  Small: 1,\n};')}`,
});
after(() => application.remove());

let sink: OtlpSink;
beforeEach(async () => {
  sink = await OtlpSink.start();
});
afterEach(() => sink.stop());

async function places(file: string, flags: readonly string[] = []): Promise<string[]> {
  const ended = await application.bare(file, {
    flags: [...flags, '--import', REGISTER],
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: sink.url,
      OTEL_NODE_ASYNC_SITES: 'compiled',
      OTEL_NODE_ASYNC_SITES_CACHE_FOLDER: join(application.folder, 'cache'),
      OTEL_NODE_ASYNC_OVERHEAD_BUDGET: '1',
    },
  });
  assert.equal(ended.stdout, '2\n', ended.stderr);
  assert.equal(ended.stderr, '');
  return sink.spans
    .filter(({ name }) => name === 'load' || name === 'order')
    .map(({ name, attributes: pairs }) => {
      const attributes = fromKeyValues(pairs);
      const path = String(attributes.get('code.file.path')).replace(`${application.folder}/`, '');
      return `${path}:${attributes.get('code.line.number')}:${attributes.get('code.column.number')} ${name}`;
    })
    .sort();
}

test('JavaScript that is its own source', { skip: cannotCompile }, async () => {
  const expected = WHERE.map((place) => place.replace('src/main.ts', 'plain/main.mjs'));
  assert.deepEqual(await places('plain/main.mjs'), expected);
  // from the cache now, and with source maps
  sink.requests.length = 0;
  assert.deepEqual(await places('plain/main.mjs', ['--enable-source-maps']), expected);
});

test('JavaScript made of TypeScript, with a map beside it', { skip: cannotCompile }, async () => {
  const common = ['--target', 'es2022', '--module', 'nodenext', '--rootDir', 'src', '--outDir', 'dist'];
  execFileSync(process.execPath, [tsc, ...common, '--types', 'node', '--sourceMap', 'src/main.ts'], {
    cwd: application.folder,
  });
  assert.deepEqual(await places('dist/main.js'), WHERE);
});

test('a bundle, on every Node', async () => {
  const root = application.folder;
  await build({
    entryPoints: [join(root, 'src', 'main.ts')],
    outfile: join(root, 'dist', 'bundle.mjs'),
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    sourcemap: true,
    minify: true,
    keepNames: true,
    external: ['@opentelemetry/api'],
    plugins: [esbuild({ root })],
  });
  assert.deepEqual(await places('dist/bundle.mjs'), WHERE);
});

/**
 * A server in TypeScript, bundled by the real Vite and webpack with the newest parser there is, does what it does
 * without us, and its sites are those of its sources through the maps of all steps.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { installedApplication } from '../../support/applications.js';
import { type ReceivedSpan, type Sink, startSink } from '../../support/otlp-json-sink.js';
import { applicationEnvironment } from '../../support/run-program.js';

const SCOPE = 'opentelemetry-instrumentation-async';
const REGISTER = ['--import', 'opentelemetry-instrumentation-async/register'];
const ANSWER = '7: 2 for 14 8: 1 for 16\n';

let folder: string;
let sink: Sink;
before(async () => {
  folder = join(installedApplication('bundlers').folder, 'bundled');
  sink = await startSink();
});
after(() => sink.close());

for (const bundler of ['vite', 'webpack']) {
  for (const format of ['esm', 'cjs']) {
    for (const size of ['plain', 'minified']) {
      const name = `${bundler}-${format}-${size}`;
      test(name, async () => {
        const [bare, sites] = [await bundle('bare'), await bundle('sites')];
        assert.doesNotMatch(readFileSync(join(folder, bare), 'utf8'), /compiled\.1/);

        // through the map of the bundler stacks are the same
        const mapped = ['--enable-source-maps'];
        const { stdout } = await run([...mapped, bare]);
        assert.match(stdout, /^7: 2 for 14 8: 1 for 16\nRangeError: no mail\n.*orders\.ts:36:3\d\)/);
        assert.equal(unnamed((await run([...mapped, sites])).stdout), unnamed(stdout));

        const watched = await run([...REGISTER, sites], {
          OTEL_EXPORTER_OTLP_ENDPOINT: sink.endpoint(name),
          OTEL_NODE_ASYNC_SITES: 'compiled',
          OTEL_NODE_ASYNC_DEBUG: 'true',
          OTEL_NODE_ASYNC_OVERHEAD_BUDGET: '1',
        });
        assert.equal(watched.stdout.slice(0, ANSWER.length), ANSWER);
        assert.equal(watched.stderr, '');
        const { spans, logBodies } = sink.received(name);
        checkSites(spans);
        const [unhandled] = logBodies.filter((body) => body.startsWith('Unhandled rejection'));
        assert.match(unhandled ?? '', /RangeError: no mail; thrown .*src\/orders\.ts:36:3\d/);
        assert.doesNotMatch(logBodies.join('\n'), /webpack:|dist\//);

        async function bundle(how: 'sites' | 'bare'): Promise<string> {
          await run(['build.mjs', bundler, format, size, how]);
          return join('dist', `${name}-${how}.${format === 'esm' ? 'mjs' : 'cjs'}`);
        }
      });
    }
  }
}

/** Of a minified function stacks tell the short name, and a minifier chooses where in a statement its place is. */
function unnamed(output: string): string {
  return output.replaceAll(/at (async )?\S* ?\(/g, 'at (').replaceAll(/(\.ts:\d+):\d+/g, '$1');
}

/** Each function of the sources, by what its span says: where it was called, and where it is. */
function checkSites(spans: readonly ReceivedSpan[]): void {
  const text = (key: string, { attributes }: ReceivedSpan) => String(attributes[`code.${key}`]);
  const tasks = spans.filter(({ scope }) => scope === SCOPE);
  const names = new Map(spans.map(({ spanId, name }) => [spanId, name]));
  const told = (name: string) => {
    const found = tasks.filter((span) => span.name === name);
    assert.equal(found.length, 2, `${name}: a span for each of two requests, of ${tasks.map((t) => t.name)}`);
    return [
      ...new Set(
        found.map((span) => {
          const parent = names.get(span.parentSpanId ?? '');
          const definition = String(span.attributes['async.task.definition']).replace(/:\d+$/, '');
          return `${text('file.path', span)}:${text('line.number', span)} in ${parent}, ${definition}`;
        }),
      ),
    ];
  };
  assert.deepEqual(told('anonymous (server.ts:10)'), ['src/server.ts:10 in GET, src/server.ts:10']);
  assert.deepEqual(told('placeOrder'), ['src/server.ts:12 in anonymous (server.ts:10), src/orders.ts:11']);
  assert.deepEqual(told('reserve'), ['src/orders.ts:12 in placeOrder, src/orders.ts:27']);
  assert.deepEqual(told('priceOf'), ['src/orders.ts:12 in placeOrder, src/orders.ts:29']);
  assert.deepEqual(told('take'), ['src/orders.ts:27 in reserve, src/orders.ts:20']);
  assert.deepEqual(told('sendMail'), ['src/orders.ts:13 in placeOrder, src/orders.ts:34']);
  const files = tasks.map((span) => text('file.path', span));
  assert.deepEqual(
    [...new Set(files)].filter((file) => !/^(src\/|node:|undefined$)/.test(file)),
    [],
  );
}

function run(args: readonly string[], env: Record<string, string> = {}) {
  return promisify(execFile)(process.execPath, [...args], {
    cwd: folder,
    timeout: 120_000,
    env: applicationEnvironment(env),
  });
}

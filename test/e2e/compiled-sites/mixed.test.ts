/** What is seen of packages beside compiled modules: as the README says. */
import assert from 'node:assert/strict';
import test, { after, afterEach, beforeEach } from 'node:test';
import { fromKeyValues } from '../../../src/otlp/values.js';
import { REGISTER } from '../../support/application.js';
import { CompiledApplication, cannotCompile } from '../../support/compiled-run.js';
import { OtlpSink } from '../../support/otlp-sink.js';

const application = new CompiledApplication({
  'package.json': '{ "type": "module" }',
  'lib/node_modules/database/index.js': `
    import { setTimeout as delay } from 'node:timers/promises';
    export async function query() { await delay(25); }
    export async function later(callback) { await delay(5); await callback(); }
    export async function atOnce(callback) { await callback(); }
    export async function fails() { await delay(5); throw new RangeError('lost'); }
  `,
  'main.js': `
    import { setTimeout as delay } from 'node:timers/promises';
    import { trace } from '@opentelemetry/api';
    import { atOnce, fails, later, query } from './lib/node_modules/database/index.js';
    process.on('unhandledRejection', () => {});
    async function calledLater() { await delay(5); }
    async function calledAtOnce() { await delay(5); }
    async function main() {
      await query();
      await later(calledLater);
      await atOnce(calledAtOnce);
      await Promise.all([query(), new Promise((resolve) => setImmediate(resolve))]);
      fails();
      await delay(30);
    }
    const tracer = trace.getTracer('t');
    await tracer.startActiveSpan('root', async (span) => { await main(); span.end(); });
  `,
});
after(() => application.remove());

let sink: OtlpSink;
beforeEach(async () => {
  sink = await OtlpSink.start();
});
afterEach(() => sink.stop());

/** `parent > name:line` of what is no timer, and what was said of the rejection. */
async function seen(env: Record<string, string>): Promise<{ spans: string[]; rejection: string }> {
  const { stdout, stderr } = await application.bare('main.js', {
    flags: ['--import', REGISTER],
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: sink.url,
      OTEL_NODE_ASYNC_SITES_CACHE_ENABLED: 'false',
      OTEL_NODE_ASYNC_OVERHEAD_BUDGET: '1',
      OTEL_NODE_ASYNC_SPANS_MIN_DURATION_MS: '2',
      OTEL_NODE_ASYNC_ERRORS_AS: 'log',
      ...env,
    },
  });
  assert.equal(stdout + stderr, '');
  const names = new Map(sink.spans.map(({ spanId, name }) => [spanId, name]));
  const spans = sink.spans
    .filter(({ name }) => /^(main|query|later|atOnce|fails|called.*|Promise\.all)$/.test(name ?? ''))
    .map(({ name, parentSpanId, attributes }) => {
      const parent = names.get(parentSpanId ?? '') ?? 'nothing';
      return `${parent} > ${name}:${fromKeyValues(attributes).get('code.line.number')}`;
    })
    .sort();
  const bodies = sink.logs.map(({ body }) => String(body?.stringValue));
  return { spans, rejection: bodies.find((body) => body.startsWith('Unhandled')) ?? '' };
}

const MAIN = 'anonymous (main.js:17) > main:17';

test('functions of packages, callbacks of theirs, rejections out of them', {
  skip: cannotCompile,
}, async () => {
  const { spans, rejection } = await seen({ OTEL_NODE_ASYNC_SITES: 'compiled' });
  assert.deepEqual(spans, [MAIN, 'main > calledAtOnce:7', 'root > calledLater:6']);
  assert.match(rejection, /^Unhandled rejection: RangeError: lost; thrown in fails \(.*index\.js:6:\d+\)\.$/);
});

test('packages that are named are compiled too', { skip: cannotCompile }, async () => {
  const { spans, rejection } = await seen({
    OTEL_NODE_ASYNC_SITES: 'compiled',
    OTEL_NODE_ASYNC_SPANS_LIBRARIES: 'database',
  });
  assert.deepEqual(spans, [
    MAIN,
    'atOnce > calledAtOnce:5',
    'later > calledLater:4',
    'main > atOnce:11',
    'main > fails:13',
    'main > later:10',
    'main > query:12',
    'main > query:9',
  ]);
  assert.match(rejection, /; in fails, created in main \(main\.js:13:7\)\.$/);
});

test('with hooks they are seen as well', async () => {
  const { spans, rejection } = await seen({ OTEL_NODE_ASYNC_SITES: 'hooks' });
  for (const one of ['main > query:9', 'main > Promise.all:12', 'later > calledLater:6']) {
    assert.ok(spans.includes(one), spans.join(', '));
  }
  assert.match(rejection, /; in fails, created in main \(main\.js:13:7\)\.$/);
});

/** What a request did in detail reaches the collector too, though the process dies before the next batch. */
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { Application, REGISTER } from '../support/application.js';
import { attributesOf, Collector } from '../support/collector.js';

const application = new Application({
  'main.mjs': `
    import { setTimeout as delay } from 'node:timers/promises';
    import { trace } from '@opentelemetry/api';
    async function load() { await delay(5); }
    async function handle() { await load(); }
    const tracer = trace.getTracer('application');
    await tracer.startActiveSpan('GET', async (span) => { await handle(); span.end(); });
    // the sidecar takes some time to start
    await delay(1_000);
    setTimeout(() => { throw new Error('the end'); }, 1);
  `,
});
let collector: Collector;
before(async () => {
  collector = await Collector.start();
});
after(async () => {
  application.remove();
  await collector.stop();
});

/** Nothing is exported before the end. */
function run(env: Record<string, string>) {
  return application.run('main.mjs', {
    flags: ['--import', REGISTER],
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_BSP_SCHEDULE_DELAY: '60000', ...env },
  });
}

test('task spans of the last traces are delivered once, below the spans of the application', async () => {
  const { code, stderr } = await run({ OTEL_NODE_ASYNC_OVERHEAD_BUDGET: '1' });
  assert.equal(code, 1);
  assert.match(stderr, /the end/);
  const named = (name: string) => collector.spans.filter(({ item }) => item.name === name);
  const [root, handle, load] = ['GET', 'handle', 'load'].map((name) => {
    const found = named(name);
    assert.equal(found.length, 1, `${found.length} spans named ${name}`);
    return found[0]?.item;
  });
  assert.equal(load?.parentSpanId, handle?.spanId);
  assert.equal(handle?.traceId, root?.traceId);
  assert.equal(attributesOf(load as never).get('code.line.number'), 5);
});

test('what was written to the console as well reaches the collector all the same', async () => {
  collector.spans.length = 0;
  const { code } = await run({ OTEL_TRACES_EXPORTER: 'otlp,console' });
  assert.equal(code, 1);
  assert.equal(collector.spans.filter(({ item }) => item.name === 'GET').length, 1);
});

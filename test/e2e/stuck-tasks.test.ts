/** A service in which one request hangs, beside much that waits for ever and is well. */
import assert from 'node:assert/strict';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import test, { after, afterEach, before, beforeEach } from 'node:test';
import { Application, REGISTER } from '../support/application.js';
import { attributesOf, Collector } from '../support/collector.js';
import { cannotCompile } from '../support/compiled-run.js';

const STUCK = 'async.task.stuck';

/** Each path is a request that waits; but for `/hang` and `/callback` they are well. */
const SERVICE = `
import { once, EventEmitter } from 'node:events';
import http from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { trace } from '@opentelemetry/api';

const never = () => new Promise(() => {});
const events = new EventEmitter();

async function chargeCard() {
  await never();
}

async function order() {
  await chargeCard();
}

function inbox() {
  const waiting = [];
  return { take: () => new Promise((resolve) => waiting.push(resolve)) };
}

const paths = {
  '/hang': async () => order(),
  '/callback': (request, response) => void never().then(() => response.end()),
  // long polls: until a timer ends them, and until there are news
  '/poll': async () => {
    await Promise.race([never(), sleep(3_600_000, undefined, { ref: false })]);
  },
  '/guarded': async () => {
    // without a listener the collector may take it, and with it its timer
    const signal = AbortSignal.timeout(3_600_000);
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
  },
  '/news': async () => {
    await once(events, 'news');
  },
  // the answer has begun: events for as long as the client likes
  '/events': async (request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
    await never();
  },
  '/ticks': async () => {
    setInterval(() => {}, 200).unref();
    await never();
  },
  // the client has not said all
  '/upload': async (request) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
  },
};

const server = http.createServer((request, response) => void paths[request.url](request, response));
server.listen(0, '127.0.0.1', () => console.log(server.address().port));

const tracer = trace.getTracer('service');
const { take } = inbox();
setInterval(() => {}, 3_600_000);
// consumers, inside of a span and outside
async function consume() {
  while (true) await take();
}
async function subscribe() {
  async function* messages() {
    while (true) yield await take();
  }
  for await (const message of messages()) console.log(message);
}
void consume();
for (const consumer of [consume, subscribe]) tracer.startActiveSpan(consumer.name, () => void consumer());
// a long poll of another service
tracer.startActiveSpan('poll', async () => {
  await new Promise((resolve) => http.get(process.env.OTHER_SERVICE, resolve));
});
`;

const application = new Application({
  'main.mjs': SERVICE,
  'worker.mjs': `
    import { Worker } from 'node:worker_threads';
    new Worker(new URL('./in-worker.mjs', import.meta.url));
    console.log('started');
  `,
  'in-worker.mjs': `
    import { trace } from '@opentelemetry/api';
    async function chargeCard() {
      await new Promise(() => {});
    }
    trace.getTracer('worker').startActiveSpan('order', () => void chargeCard());
    setInterval(() => {}, 3_600_000);
  `,
});
let collector: Collector;
const silent = http.createServer(() => {});
const stops: (() => unknown)[] = [];
before(async () => {
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
});
after(() => {
  application.remove();
  silent.closeAllConnections();
  silent.close();
});
beforeEach(async () => {
  collector = await Collector.start();
});
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
  await collector.stop();
});

/** Runs a program until the test is over. Gives what it says first. */
function start(file: string, env: Record<string, string>): Promise<string> {
  return new Promise((resolve, reject) => {
    const ended = application.run(file, {
      flags: ['--import', REGISTER],
      env: {
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
        OTEL_BSP_SCHEDULE_DELAY: '200',
        OTEL_BLRP_SCHEDULE_DELAY: '200',
        OTEL_NODE_ASYNC_STUCK_TASK_MS: '1000',
        OTHER_SERVICE: `http://127.0.0.1:${(silent.address() as AddressInfo).port}/`,
        ...env,
      },
      onOutput: (output, child) => {
        stops.push(() => child.kill('SIGKILL'));
        resolve(output);
      },
    });
    stops.push(() => ended);
    void ended.then(({ stderr }) => reject(new Error(stderr)), reject);
  });
}

const found = () => collector.logs.map(({ item }) => item).filter(({ eventName }) => eventName === STUCK);

/** Asks for a path and waits for no answer; the server has heard of it. */
function ask(port: string, path: string, method = 'GET'): http.ClientRequest {
  const request = http.request({ host: '127.0.0.1', port: Number(port), path, method, agent: false });
  request.on('error', () => {});
  stops.push(() => request.destroy());
  if (method === 'GET') request.end();
  else request.flushHeaders();
  return request;
}

const WELL = ['/poll', '/guarded', '/news', '/events', '/ticks'];
const MODES: readonly (readonly [name: string, env: Record<string, string>, skip?: string | false])[] = [
  ['hooks', {}],
  ['debug mode', { OTEL_NODE_ASYNC_DEBUG: 'true' }],
  [
    'compiled sites',
    { OTEL_NODE_ASYNC_SITES: 'compiled', OTEL_NODE_ASYNC_SITES_CACHE_ENABLED: 'false' },
    cannotCompile,
  ],
];

for (const [name, env, skip = false] of MODES) {
  test(`the request that hangs is told of, and nothing that is well: ${name}`, { skip }, async () => {
    const port = (await start('main.mjs', { ...env, OTEL_NODE_ASYNC_OVERHEAD_BUDGET: '1' })).trim();
    for (const path of WELL) ask(port, path);
    ask(port, '/upload', 'POST').write('a part');
    const hanging = ask(port, '/hang');
    const record = await collector.until('the record', () => found()[0], 30_000);
    const attributes = attributesOf(record);
    const body = String(record.body?.stringValue);
    assert.match(body, /^chargeCard may be stuck: nothing has happened in its trace for \d+ s; it waits /);
    assert.match(body, /created in order \(.*main\.mjs:15:9\)\.$/);
    assert.equal(attributes.get('async.finding.certainty'), 'suspected');
    assert.ok(Number(attributes.get('async.stuck.duration')) >= 1);
    assert.ok(Number(attributes.get('async.task.age')) >= Number(attributes.get('async.stuck.duration')));
    if (name === 'compiled sites') assert.match(body, /it waits at main\.mjs:11:3;/);
    else assert.match(body, /it waits for never \(main\.mjs:7:21\);/);

    // it is in the trace of its request, also where that never ends
    const own = await collector.until('its span', () =>
      collector.spans.find(({ item }) => item.name === STUCK),
    );
    assert.equal(own.item.traceId, record.traceId);
    hanging.destroy();
    const task = await collector.until('the span of the task', () =>
      collector.spans.find(
        ({ item }) => item.name === 'chargeCard' && item.events?.some((event) => event.name === STUCK),
      ),
    );
    assert.equal(attributesOf(task.item).get('async.task.id'), attributes.get('async.task.id'));
    assert.equal(task.item.traceId, record.traceId);
    assert.equal(attributesOf(task.item).get('async.stuck.duration'), attributes.get('async.stuck.duration'));

    // all else has waited for longer when the next one is found
    ask(port, '/callback');
    if (name !== 'compiled sites')
      await collector.until('the second record', () => found().length > 1, 30_000);
    ask(port, '/hang');
    const expected = name === 'compiled sites' ? 2 : 3;
    await collector.until('the last record', () => found().length >= expected, 30_000);
    const names = found().map((one) => String(one.body?.stringValue).split(' ')[0]);
    assert.deepEqual(names, ['chargeCard', ...(expected === 3 ? ['never'] : []), 'chargeCard']);

    const recordings = collector.spans.filter(
      ({ item }) => attributesOf(item).get('async.recording.reason') === 'stuck_task',
    );
    assert.equal(recordings.length, name === 'debug mode' ? 1 : 0, 'one a minute, in debug mode');
    for (const { item } of recordings) {
      assert.equal(item.traceId, record.traceId);
      const told = collector.spans.filter((span) => span.item.parentSpanId === item.spanId);
      assert.ok(told.some((span) => span.item.name === 'chargeCard'));
    }
  });
}

test('in a worker thread', async () => {
  await start('worker.mjs', {});
  const record = await collector.until('the record', () => found()[0], 30_000);
  assert.match(String(record.body?.stringValue), /^chargeCard may be stuck/);
  assert.ok(Number(attributesOf(record).get('async.thread.id')) > 0);
});

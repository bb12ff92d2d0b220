import assert from 'node:assert/strict';
import { AsyncResource } from 'node:async_hooks';
import { exec } from 'node:child_process';
import { pbkdf2, pbkdf2Sync, randomBytes, scryptSync } from 'node:crypto';
import dns from 'node:dns';
import { EventEmitter } from 'node:events';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer, get } from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer, type Server } from 'node:net';
import test, { after, before } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import { brotliCompressSync, gzip, gzipSync } from 'node:zlib';
import { trace } from '@opentelemetry/api';
import { assertSound, millisBetween, startKit, type TraceKit } from '../support/trace-kit.js';

const source = fileURLToPath(new URL('../../../test/integration/task-spans.test.ts', import.meta.url));
const sourceLines = readFileSync(source, 'utf8').split('\n');

let kit: TraceKit;
before(() => {
  kit = startKit({ spans: { minDurationMs: 0.2 } });
});
after(() => kit.stop());

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

async function query(): Promise<number> {
  await sleep(3);
  return 1;
}
async function handler(): Promise<void> {
  await query();
  await Promise.all([query(), query()]);
}
async function forwards(): Promise<number> {
  return query();
}
async function fails(): Promise<void> {
  await sleep(2);
  throw new Error('on purpose');
}

test('an async function and what it calls are one tree', async () => {
  const tree = await kit.trace(() => handler());
  assert.deepEqual(tree.paths(), [
    'root > handler',
    'root > handler > query',
    'root > handler > query > setTimeout',
    'root > handler > query',
    'root > handler > query > setTimeout',
    'root > handler > query',
    'root > handler > query > setTimeout',
    'root > handler > Promise.all',
  ]);
});

test('the creation site is the line that called, the definition the function itself', async () => {
  const tree = await kit.trace(() => handler());
  const [first] = tree.tasks.filter(({ name }) => name === 'query');
  assert.equal(first?.attributes['code.line.number'], lineOf('await query();'));
  assert.equal(first?.attributes['code.function.name'], 'handler');
  assert.match(String(first?.attributes['code.file.path']), /test\/integration\/task-spans\.test\.ts$/);
  assert.match(String(first?.attributes['async.task.definition']), /task-spans\.test\.ts:\d+:\d+$/);
});

test('a function that returns another promise keeps its callees and is not left on the stack', async () => {
  const tree = await kit.trace(async () => {
    await forwards();
    await query();
  });
  const paths = tree.paths().filter((path) => path.endsWith('query'));
  assert.equal(paths.length, 2);
  assert.match(paths[0] as string, /forwards > query$/);
  assert.doesNotMatch(paths[1] as string, /forwards/);
});

test('runs, busy and idle time add up to the duration', async () => {
  const tree = await kit.trace(async function busy() {
    spin(6);
    await sleep(5);
    spin(4);
  });
  const task = tree.named('busy');
  const {
    'async.task.busy_time': busy,
    'async.task.idle_time': idle,
    'async.task.runs': runs,
  } = task.attributes;
  assert.equal(runs, 2);
  assert.ok((busy as number) >= 0.0095, `busy ${busy}`);
  assert.ok((idle as number) >= 0.004, `idle ${idle}`);
  const duration = millisBetween(task.startTime, task.endTime) / 1000;
  assert.ok(Math.abs(duration - ((busy as number) + (idle as number))) < 0.0011);
});

test('a rejection that is handled is an outcome and no error', async () => {
  const tree = await kit.trace(() => fails().catch(() => {}));
  assert.equal(tree.named('fails').attributes['async.task.outcome'], 'rejected');
  assert.equal(tree.named('fails').status.code, 0);
  const fine = await kit.trace(() => query());
  assert.equal(fine.named('query').attributes['async.task.outcome'], 'fulfilled');
});

test('timers: fired, repeating, cleared', async () => {
  const tree = await kit.trace(async () => {
    const guard = setTimeout(() => {}, 10_000);
    let ticks = 0;
    await new Promise<void>((resolve) => {
      const interval = setInterval(() => {
        if (++ticks < 3) return;
        clearInterval(interval);
        resolve();
      }, 2);
    });
    clearTimeout(guard);
    // libuv counts from the start of the turn: one of 1 ms may fire at once
    await sleep(5);
  });
  const interval = tree.named('setInterval');
  assert.equal(interval.attributes['async.task.runs'], 3);
  assert.equal(interval.attributes['async.task.outcome'], 'cleared');
  const timeouts = tree.tasks.filter(({ name }) => name === 'setTimeout');
  const outcomes = timeouts.map(({ attributes }) => attributes['async.task.outcome']);
  assert.deepEqual(outcomes, ['cleared', 'completed']);
  const [guard] = timeouts;
  assert.ok(guard && millisBetween(guard.startTime, guard.endTime) < 1000);
});

test("Node's operations carry Node's words", async () => {
  const http = createServer((_, response) => setTimeout(() => response.end('ok'), 2)).listen(0);
  const tcp = createTcpServer((socket) => setTimeout(() => socket.end(), 2)).listen(0);
  const port = (server: Server) => (server.address() as AddressInfo).port;
  const tree = await kit.trace(async () => {
    await new Promise((resolve) => dns.lookup('localhost', resolve));
    await promisify(pbkdf2)('a', 'b', 20_000, 64, 'sha512');
    await promisify<Buffer, Buffer>(gzip)(Buffer.alloc(3_000_000));
    await promisify(exec)('sleep 0.01');
    await readFile(process.execPath);
    await new Promise((resolve) =>
      get({ port: port(http), agent: false }, (response) => response.resume().on('end', resolve)),
    );
    await new Promise<void>((resolve) => {
      const socket = connect(port(tcp), 'localhost', () => socket.end()).on('close', () => resolve());
    });
    await new Promise((resolve) => new Worker('setTimeout(() => {}, 5)', { eval: true }).on('exit', resolve));
  });
  http.close();
  tcp.close();
  const names = new Set(tree.tasks.map(({ name }) => name));
  for (const name of [
    'dns.lookup',
    'crypto.pbkdf2',
    'zlib',
    'child_process.spawn',
    'readFile',
    'http.request',
    'tcp.connect',
    'worker_threads.Worker',
  ]) {
    assert.ok(names.has(name), `${name} is missing in:\n${tree.outline()}`);
  }
  assert.ok(!names.has('PROMISE'));
  assertSound(tree);
});

test('synchronous crypto and compression leave nothing pending behind', async () => {
  const tree = await kit.trace(async () => {
    randomBytes(64);
    scryptSync('secret', 'salt', 16);
    pbkdf2Sync('secret', 'salt', 10, 16, 'sha256');
    brotliCompressSync(gzipSync(Buffer.alloc(1_000)));
    await sleep(2);
  });
  const names = tree.tasks.map((span) => span.name);
  assert.ok(names.includes('setTimeout'));
  assert.deepEqual(
    names.filter((name) => /crypto|zlib/.test(name)),
    [],
  );
});

test('a user AsyncResource is a task by its own name', async () => {
  const tree = await kit.trace(async () => {
    const resource = new AsyncResource('ConnectionPool');
    await sleep(3);
    resource.runInAsyncScope(() => spin(1));
  });
  const pool = tree.named('ConnectionPool');
  assert.equal(pool.attributes['async.task.kind'], 'custom');
  assert.equal(pool.attributes['async.task.runs'], 1);
});

test('parents survive event emitters, bind and then', async () => {
  const emitter = new EventEmitter();
  const tree = await kit.trace(async function outer() {
    const done = new Promise((resolve) =>
      emitter.once(
        'go',
        AsyncResource.bind(() => resolve(query())),
      ),
    );
    setTimeout(() => emitter.emit('go'), 3);
    await done;
    await Promise.resolve().then(() => query());
  });
  const queries = tree.paths().filter((path) => path.endsWith(' > query'));
  assert.equal(queries.length, 2, tree.outline());
  for (const path of queries) assert.match(path, /^root > outer > /);
});

test('work inside a span of the application hangs from that span', async () => {
  const tree = await kit.trace(async function outer() {
    await trace.getTracer('app').startActiveSpan('inner', async (inner) => {
      await query();
      inner.end();
    });
    await delay(2);
  });
  const path = tree.paths().find((one) => one.endsWith('query')) as string;
  assert.match(path, /root > inner > .*query$/);
});

test('a thenable that takes time is a wait of its own, and a plain value is none', async () => {
  const tree = await kit.trace(async function waits() {
    // biome-ignore lint/suspicious/noThenProperty: query builders are such objects
    await { then: (resolve: (value: number) => void) => void setTimeout(() => resolve(1), 3) };
    await 1;
  });
  assert.equal(tree.named('await').attributes['async.task.outcome'], 'fulfilled');
});

test('no orphan, no id twice, nobody outside its parent by less than a millisecond', async () => {
  for (let i = 0; i < 30; i++) assertSound(await kit.trace(() => handler()));
});

test("nor inside spans of the application's, whose starts are truncated to milliseconds", async () => {
  const charge = () =>
    trace.getTracer('app').startActiveSpan('charge', async (span) => {
      await handler();
      span.end();
    });
  for (let i = 0; i < 30; i++) assertSound(await kit.trace(charge));
});

test('a task that is pending when its trace ends is told once, as pending', async () => {
  let release = () => {};
  const tree = await kit.trace(async () => {
    void (async function lingers() {
      await new Promise<void>((resolve) => {
        release = resolve;
      });
    })();
    await sleep(3);
  });
  assert.equal(tree.named('lingers').attributes['async.task.outcome'], 'pending');
  release();
  await sleep(5);
  assert.equal(kit.spans().filter(({ name }) => name === 'lingers').length, 1);
});

test('nothing is made outside a recorded trace', async () => {
  const before = kit.spans().length;
  await handler();
  assert.equal(kit.spans().length, before);
});

function spin(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

/** The line of this file, in TypeScript, that holds `text` first. */
function lineOf(text: string): number {
  return sourceLines.findIndex((line) => line.includes(text)) + 1;
}

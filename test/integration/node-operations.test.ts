/** What Node and libraries do on behalf of a request is told once an operation, in the caller's words or in Node's. */
import assert from 'node:assert/strict';
import { AsyncResource } from 'node:async_hooks';
import { randomBytes } from 'node:crypto';
import { EventEmitter, on, once } from 'node:events';
import {
  createReadStream,
  createWriteStream,
  mkdirSync,
  mkdtempSync,
  readFile,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { connect as connectHttp2, createServer } from 'node:http2';
import { type AddressInfo, connect, createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import test, { after } from 'node:test';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import { createGzip, gzip } from 'node:zlib';
import { type Tracer, trace } from '@opentelemetry/api';
import { assertSound, startKit, type TaskTree } from '../support/trace-kit.js';

const folder = mkdtempSync(join(tmpdir(), 'operations-'));
const file = join(folder, 'megabyte');
writeFileSync(file, randomBytes(1_000_000));
const kit = startKit({ spans: { minDurationMs: 0 } });
after(async () => {
  await kit.stop();
  rmSync(folder, { recursive: true });
});

const names = (tree: TaskTree) => tree.tasks.map(({ name }) => name);
const count = (tree: TaskTree, name: string) => names(tree).filter((one) => one === name).length;

function assertReadable(tree: TaskTree): void {
  assertSound(tree);
  const shouted = names(tree).filter((name) => /^[A-Z_0-9]+$/.test(name) || name === 'next');
  assert.deepEqual(shouted, [], tree.outline());
}

test('a pipeline of streams is its ends and its work, however many chunks pass', async () => {
  const tree = await kit.trace(async function pack() {
    await pipeline(createReadStream(file), createGzip(), createWriteStream(join(folder, 'packed')));
  });
  assertReadable(tree);
  for (const name of ['fs.createReadStream', 'fs.createWriteStream', 'zlib', 'pipeline']) {
    assert.equal(count(tree, name), 1, tree.outline());
  }
});

test('a file read by callback is one operation, not one for each piece', async () => {
  const tree = await kit.trace(() => {
    const done = new EventEmitter();
    readFile(file, () => done.emit('read'));
    return once(done, 'read');
  });
  assertReadable(tree);
  const read = tree.named('fs.readFile');
  assert.ok(Number(read.attributes['async.task.runs']) >= 3, 'opening, reading and closing are its runs');
  assert.equal(read.attributes['async.task.outcome'], 'completed');
});

test('a promise of node:fs is told once', async () => {
  const tree = await kit.trace(async () => {
    const handle = await open(file);
    await handle.close();
  });
  assertReadable(tree);
  assert.equal(count(tree, 'open'), 1, tree.outline());
  assert.equal(count(tree, 'close'), 1, tree.outline());
});

test('import() is one operation of the function that calls it', async () => {
  const module = join(folder, 'module.mjs');
  writeFileSync(module, 'export default 1');
  const tree = await kit.trace(async () => {
    async function load() {
      await null;
      await import(module);
    }
    await load();
  });
  assertReadable(tree);
  assert.equal(count(tree, 'load'), 1, tree.outline());
  assert.equal(tree.path(tree.named('import')).endsWith('load > import'), true, tree.outline());
});

test('what promisify made has the name of what it was made from', async () => {
  const first = (done: () => void) => void setTimeout(done, 2);
  const second = (done: () => void) => void setTimeout(done, 2);
  const made = [first, second].map((call) => promisify(call));
  const tree = await kit.trace(async () => {
    for (const call of made) await call();
    await promisify(gzip)(randomBytes(1_000));
  });
  assertReadable(tree);
  assert.ok(names(tree).includes('first') && names(tree).includes('second'), tree.outline());
  assert.ok(names(tree).includes('zlib') && !names(tree).includes('asyncBufferWrapper'), tree.outline());
});

test('a promise that settles in the turn in which its timer ran is the timer, however long the code between takes', async () => {
  const tree = await kit.trace(async () => {
    await new Promise<void>((resolve) => setTimeout(() => process.nextTick(slowly, resolve), 2));
    await new Promise<void>((resolve) => setTimeout(() => setImmediate(slowly, resolve), 2));
  });
  assertReadable(tree);
  assert.equal(count(tree, 'setTimeout'), 2, tree.outline());
  assert.equal(count(tree, 'new Promise'), 1, tree.outline());
});

function slowly(resolve: () => void): void {
  const end = performance.now() + 10;
  while (performance.now() < end);
  resolve();
}

test('the steps of a for await over events are not told', async () => {
  const tree = await kit.trace(async () => {
    const source = new EventEmitter();
    const timer = setInterval(() => source.emit('tick'), 1);
    let ticks = 0;
    for await (const _ of on(source, 'tick')) if (++ticks === 3) break;
    clearInterval(timer);
  });
  assertReadable(tree);
  assert.equal(count(tree, 'setInterval'), 1);
});

test('an AsyncResource is told where user code made it, and not where Node did', async () => {
  const tree = await kit.trace(async () => {
    const job = new AsyncResource('Job');
    await new Promise<void>((resolve) => setTimeout(() => job.runInAsyncScope(resolve), 2));
    // http2 makes one for each request that waits for its session, streams one for each end
    const server = createServer();
    server.on('stream', (stream) => stream.end('done'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const session = connectHttp2(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    for await (const _ of session.request({ ':path': '/' }));
    session.close();
    server.close();
  });
  assertReadable(tree);
  assert.equal(count(tree, 'Job'), 1);
  assert.equal(count(tree, 'PendingRequest'), 0, tree.outline());
  assert.equal(count(tree, 'http2.session'), 1, tree.outline());
});

test('pipes, sockets and workers have their connection and their start', async () => {
  const server = createTcpServer((socket) => socket.end());
  await new Promise<void>((resolve) => server.listen(join(folder, 'pipe'), resolve));
  const tree = await kit.trace(async () => {
    const socket = connect(join(folder, 'pipe'));
    await once(socket.resume(), 'close');
    await once(new Worker('', { eval: true }), 'exit');
  });
  server.close();
  assertReadable(tree);
  assert.equal(count(tree, 'pipe.connect'), 1);
  assert.equal(count(tree, 'worker_threads.Worker'), 1);
});

test('what a library does is called as it was called, not as the library calls it', async () => {
  const library = join(folder, 'node_modules', 'limiter');
  mkdirSync(library, { recursive: true });
  writeFileSync(
    join(library, 'index.js'),
    `exports.limit = function generator(job) {
      return new Promise((resolve) => setTimeout(() => resolve(job()), 2));
    };`,
  );
  const program = join(folder, 'program.cjs');
  writeFileSync(
    program,
    `const limiter = require('limiter');\nmodule.exports = async () => { await limiter.limit(() => 1); };\n`,
  );
  const { default: run } = (await import(program)) as { default: () => Promise<unknown> };
  const tree = await kit.trace(() => run());
  assertReadable(tree);
  assert.equal(count(tree, 'limiter.limit'), 1, tree.outline());
  assert.equal(count(tree, 'generator'), 0);
});

test('a framework that makes spans of its own around the handlers it calls hides none of them', async () => {
  const framework = join(folder, 'node_modules', 'framework');
  mkdirSync(framework, { recursive: true });
  writeFileSync(
    join(framework, 'index.js'),
    `exports.serve = (tracer, handler) => new Promise((resolve) => setTimeout(() =>
      resolve(tracer.startActiveSpan('render', async (span) => {
        await null;
        try { return await handler(); } finally { span.end(); }
      })), 2));`,
  );
  const program = join(folder, 'handlers.cjs');
  writeFileSync(
    program,
    `const { serve } = require('framework');
    async function findRows() { await new Promise((resolve) => setTimeout(resolve, 3)); }
    async function handler() { await findRows(); }
    module.exports = async (tracer) => { await serve(tracer, handler); };\n`,
  );
  type Program = (tracer: Tracer) => Promise<unknown>;
  const { default: run } = (await import(program)) as { default: Program };
  const tree = await kit.trace(() => run(trace.getTracer('framework')));
  assertReadable(tree);
  assert.match(tree.path(tree.named('findRows')), /> render > handler > findRows$/);
});

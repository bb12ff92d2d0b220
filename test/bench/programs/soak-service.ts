/**
 * A program that does a little of everything for as long as it is told: traces, errors, blocks, worker threads, while
 * its collector comes and goes. At the end of each round it falls quiet, collects its garbage and prints, as JSON, what
 * it holds. Usage: soak-service.js MINUTES ROUND_MS
 */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { trace } from '@opentelemetry/api';
import { NodeSDK } from '@opentelemetry/sdk-node';

type Package = typeof import('../../../src/index.js');

import type { Moment, SoakSample } from '../soak-figures.js';

// as built: the sidecar is a file of its own there
const { AsyncInstrumentation } = (await import(process.env.PACKAGE_URL as string)) as Package;
const instrumentation = new AsyncInstrumentation();
const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
const say = (moment: Moment) => process.stdout.write(`${JSON.stringify(moment)}\n`);
const here = fileURLToPath(import.meta.url);

const numbers = `[${'1234567,'.repeat(2_000_000)}1]`;
const strings = Array.from({ length: 300_000 }, () => String(Math.random()));
const word = new Int32Array(new SharedArrayBuffer(4));

function spin(ms: number): void {
  for (const end = performance.now() + ms; performance.now() < end; );
}
const blocks: (() => unknown)[] = [
  () => spin(400),
  () => JSON.parse(numbers),
  () => [...strings].sort(),
  () => Atomics.wait(word, 0, 0, 400),
  async () => {
    for (const end = performance.now() + 400; performance.now() < end; ) {
      await null;
      spin(0.2);
    }
  },
];

if (isMainThread) await main();
else await thread();

/** A thread that blocks when it is told to. */
async function thread(): Promise<void> {
  parentPort?.postMessage('up');
  parentPort?.on('message', (kind: string) => {
    if (kind === 'end') process.exit();
    spin(400);
  });
}

async function main(): Promise<void> {
  const [minutes, roundMs] = process.argv.slice(2).map(Number) as [number, number];
  const sdk = new NodeSDK();
  sdk.start();
  process.on('unhandledRejection', () => {});
  const tracer = trace.getTracer('soak');
  const done = { requests: 0, rejections: 0, blocks: 0, threads: 0 };
  let running = 0;

  const step = async (n: number) => {
    await sleep(n % 7);
    await Promise.all([stat(here), sleep(3), Promise.resolve(n)]);
    return randomBytes(64).toString('hex');
  };
  const request = async () => {
    running++;
    await tracer.startActiveSpan('request', async (span) => {
      await step(1);
      await Promise.all([step(2), step(3)]);
      span.end();
    });
    if (++done.requests % 100 === 0) {
      done.rejections++;
      void Promise.reject(new Error(`nobody waits for request ${done.requests}`));
    }
    running--;
  };
  const work = async (untilMs: number) => {
    while (performance.now() < untilMs) {
      void request();
      await sleep(20);
    }
  };
  const block = async () => {
    await blocks[done.blocks++ % blocks.length]?.();
  };

  const started = performance.now();
  const endsAt = started + minutes * 60_000;
  const lasting = new Worker(here);
  for (let round = 0; performance.now() < endsAt; round++) {
    const from = performance.now();
    instrumentation.setDebug(round % 3 === 1);
    say({ collector: 'well' });
    await work(from + roundMs * 0.3);
    await block();
    say({ collector: (['gone', 'failing', 'silent'] as const)[round % 3] ?? 'gone' });
    const passing = new Worker(here);
    // terminated while it loads, Node 20 would leave the files open that it was reading
    const passingIsUp = once(passing, 'message');
    done.threads++;
    await work(from + roundMs * 0.5);
    await block();
    lasting.postMessage('block');
    say({ collector: 'well' });
    await work(from + roundMs * 0.7);
    await passingIsUp;
    if (round % 2 === 0) passing.postMessage('end');
    else void passing.terminate();
    if (round % 5 === 4) {
      instrumentation.disable();
      instrumentation.enable();
    }
    instrumentation.setDebug(false);
    await quiet();
    say({ sample: takeSample() });
  }
  say({ done });
  lasting.postMessage('end');
  await sdk.shutdown();

  async function quiet(): Promise<void> {
    const patience = performance.now() + 10_000;
    while (running > 0 && performance.now() < patience) await sleep(20);
    // what is left is exported, and threads that end are gone
    await sleep(Math.max(1_500, roundMs * 0.25));
    globalThis.gc?.();
    await sleep(100);
    globalThis.gc?.();
  }

  function takeSample(): SoakSample {
    const { rss, heapUsed, external } = process.memoryUsage();
    const handles: Record<string, number> = {};
    for (const name of process.getActiveResourcesInfo()) handles[name] = (handles[name] ?? 0) + 1;
    const mb = (bytes: number) => Math.round(bytes / 104_857.6) / 10;
    return {
      minute: (performance.now() - started) / 60_000,
      rssMb: mb(rss),
      heapMb: mb(heapUsed),
      externalMb: mb(external),
      handles,
      listeners: process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0),
      files: readdirSync('/proc/self/fd').length,
      threads: readdirSync('/proc/self/task').length,
    };
  }
}

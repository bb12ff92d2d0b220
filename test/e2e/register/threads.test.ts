import assert from 'node:assert/strict';
import { after, afterEach, beforeEach, test } from 'node:test';
import { Application, REGISTER } from '../../support/application.js';
import { OtlpSink } from '../../support/otlp-sink.js';

const app = new Application({
  'main.mjs': `
    import { trace } from '@opentelemetry/api';
    import { Worker } from 'node:worker_threads';
    trace.getTracer('t').startSpan('in the main thread').end();
    for (const name of ['one', 'two']) {
      new Worker(new URL('./worker.mjs', import.meta.url), { workerData: name })
        .on('exit', (code) => console.log('worker ended', code));
    }
  `,
  'worker.mjs': `
    import { trace } from '@opentelemetry/api';
    import { workerData } from 'node:worker_threads';
    trace.getTracer('t').startSpan('in worker ' + workerData).end();
    setTimeout(() => {}, 50);
  `,
  'cluster.mjs': `
    import cluster from 'node:cluster';
    import { trace } from '@opentelemetry/api';
    if (cluster.isPrimary) {
      for (let i = 0; i < 2; i++) cluster.fork();
      cluster.on('exit', (_worker, code) => console.log('child ended', code));
    } else {
      trace.getTracer('t').startSpan('in a child').end();
      setTimeout(() => cluster.worker.disconnect(), 50);
    }
  `,
  'child.mjs': `
    import { execFileSync } from 'node:child_process';
    import { trace } from '@opentelemetry/api';
    if (process.argv[2] === 'child') trace.getTracer('t').startSpan('in a child process').end();
    else execFileSync(process.execPath, [process.argv[1], 'child']);
  `,
});
after(() => app.remove());

let sink: OtlpSink;
beforeEach(async () => {
  sink = await OtlpSink.start();
});
afterEach(() => sink.stop());

const run = (file: string, more: { flags?: string[]; env?: Record<string, string> } = {}) =>
  app.run(file, {
    flags: more.flags ?? ['--import', REGISTER],
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: sink.url, ...more.env },
  });

test(`every worker exports for itself, each an instance of its own, and is not kept alive`, async () => {
  const ended = await run('main.mjs');
  assert.equal(ended.stdout, 'worker ended 0\nworker ended 0\n');
  assert.equal(ended.stderr, '');
  assert.deepEqual(sink.spanNames(), ['in the main thread', 'in worker one', 'in worker two']);
  const instances = new Set(sink.resources.map((resource) => resource.get('service.instance.id')));
  assert.equal(instances.size, 3);
});

test(`a dead collector is mentioned once, whatever the number of workers`, async () => {
  const ended = await run('main.mjs', { env: { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' } });
  assert.equal(ended.stdout, 'worker ended 0\nworker ended 0\n');
  assert.match(ended.stderr, /^opentelemetry-instrumentation-async: cannot export[^\n]*\n$/);
});

test(`cluster children export`, async () => {
  const ended = await run('cluster.mjs');
  assert.equal(ended.stdout, 'child ended 0\nchild ended 0\n');
  assert.deepEqual(sink.spanNames(), ['in a child', 'in a child']);
});

test(`NODE_OPTIONS reaches child processes`, async () => {
  const ended = await run('child.mjs', {
    flags: [],
    // waiting for the child blocks the parent's loop, which is reported
    env: { NODE_OPTIONS: `--import ${REGISTER}`, OTEL_NODE_ASYNC_WATCHDOG_ENABLED: 'false' },
  });
  assert.equal(ended.stderr, '');
  assert.deepEqual(sink.spanNames(), ['in a child process']);
});

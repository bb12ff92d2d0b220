import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Application, type Ended, REGISTER } from '../../support/application.js';
import { OtlpSink } from '../../support/otlp-sink.js';

/** How a program can end. With us it must end in the same way, having written the same. */
interface Ending {
  source: string;
  /** Sent when the program has written `ready`. */
  signal?: NodeJS.Signals;
}

const ENDINGS: Readonly<Record<string, Ending>> = {
  'nothing to do': { source: `console.log('done');` },
  'beforeExit listeners, of which one makes work twice': {
    source: `
      let rounds = 0;
      process.on('beforeExit', (code) => {
        console.log('beforeExit', code, rounds);
        if (rounds++ < 2) setTimeout(() => console.log('work'), 5);
      });
      process.on('beforeExit', () => console.log('second listener'));
      process.on('exit', (code) => console.log('exit', code));
    `,
  },
  'beforeExit once, asynchronously': {
    source: `
      process.once('beforeExit', async () => {
        await new Promise((resolve) => setImmediate(resolve));
        console.log('closed');
      });
      process.on('exit', () => console.log('exit'));
    `,
  },
  "timers of a test's, left in place": {
    source: `
      import { mock } from 'node:test';
      import { trace } from '@opentelemetry/api';
      trace.getTracer('t').startSpan('before the fake timers').end();
      mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'setImmediate', 'Date'] });
      process.on('beforeExit', () => console.log('beforeExit'));
      process.on('exit', (code) => console.log('exit', code));
    `,
  },
  'process.exit in beforeExit': {
    source: `process.on('beforeExit', () => { console.log('beforeExit'); process.exit(3); });`,
  },
  'process.exitCode': {
    source: `process.exitCode = 4; process.on('beforeExit', (code) => console.log(code));`,
  },
  'process.exit': {
    source: `process.on('exit', (code) => console.log(code)); setTimeout(() => process.exit(5), 10);`,
  },
  'a throw': { source: `process.on('exit', (code) => console.log(code)); throw new Error('boom');` },
  'a throw where there is no global process': {
    source: `
      process.on('exit', (code) => console.log(code));
      delete globalThis.process;
      delete globalThis.performance;
      setTimeout(() => { throw new Error('boom'); }, 5);
    `,
  },
  'an end where process is something else': {
    source: `
      process.on('exit', (code) => console.log('exit', code));
      globalThis.process = { env: {} };
      setTimeout(() => {}, 5);
    `,
  },
  'an unhandled rejection': { source: `setTimeout(() => Promise.reject(new Error('boom')), 5);` },
  'an await that never settles': { source: `await new Promise(() => {}); console.log('never');` },
  'a worker, waited for': {
    source: `
      import { Worker } from 'node:worker_threads';
      new Worker("process.once('beforeExit', () => console.log('worker beforeExit'))", { eval: true })
        .on('exit', (code) => console.log('worker', code));
      process.on('beforeExit', () => console.log('beforeExit'));
    `,
  },
  'a worker that ends with a code': {
    source: `
      import { Worker } from 'node:worker_threads';
      new Worker('process.exit(7)', { eval: true }).on('exit', (code) => console.log('worker', code));
    `,
  },
  'SIGTERM by default': { source: `console.log('ready'); setInterval(() => {}, 1000);`, signal: 'SIGTERM' },
  'SIGINT by default': { source: `console.log('ready'); setInterval(() => {}, 1000);`, signal: 'SIGINT' },
  'SIGHUP by default': { source: `console.log('ready'); setInterval(() => {}, 1000);`, signal: 'SIGHUP' },
  'SIGTERM while the loop is blocked': {
    source: `import { writeSync } from 'node:fs'; writeSync(1, 'ready\\n'); for (;;);`,
    signal: 'SIGTERM',
  },
  'SIGTERM with a slow shutdown of its own': {
    source: `
      const alive = setInterval(() => {}, 1000);
      process.on('SIGTERM', () => {
        console.log('closing', process.listenerCount('SIGTERM'));
        setTimeout(() => { console.log('closed'); clearInterval(alive); process.exitCode = 9; }, 700);
      });
      process.on('exit', (code) => console.log('exit', code));
      console.log('ready');
    `,
    signal: 'SIGTERM',
  },
  'SIGINT with process.exit': {
    source: `setInterval(() => {}, 1000); process.once('SIGINT', () => process.exit(130)); console.log('ready');`,
    signal: 'SIGINT',
  },
};

const app = new Application({
  'throwing-listener.mjs': `
    process.on('beforeExit', () => { throw new Error('in a listener'); });
    setTimeout(() => {}, 100);
  `,
  ...Object.fromEntries(
    Object.entries(ENDINGS).map(([name, { source }]) => [`${fileName(name)}.mjs`, source]),
  ),
});
after(() => app.remove());

let sink: OtlpSink;
before(async () => {
  sink = await OtlpSink.start();
});
after(() => sink.stop());

describe('a program ends the same with us', () => {
  for (const [name, { signal }] of Object.entries(ENDINGS)) {
    test(name, async () => {
      const run = (flags: string[]) => {
        let sent = false;
        return app.run(`${fileName(name)}.mjs`, {
          flags,
          env: { OTEL_EXPORTER_OTLP_ENDPOINT: sink.url, OTEL_METRIC_EXPORT_INTERVAL: '50' },
          onOutput: (output, child) => {
            if (signal === undefined || sent || !output.includes('ready')) return;
            sent = true;
            child.kill(signal);
          },
        });
      };
      const [bare, registered] = await Promise.all([run([]), run(['--import', REGISTER])]);
      assert.deepEqual(comparable(registered), comparable(bare));
    });
  }
});

test('of us is one frame in the stack of an error thrown in a listener', async () => {
  const flags = ['--import', REGISTER];
  const { stderr } = await app.run('throwing-listener.mjs', { flags, env: { OTEL_TRACES_EXPORTER: 'none' } });
  assert.equal(stderr.match(/^ +at .*\/dist\/.*$/gm)?.length, 1, stderr);
});

test('what was said before fake timers came is sent once', () => {
  assert.equal(sink.spanNames().filter((name) => name === 'before the fake timers').length, 1);
});

function comparable({ code, signal, stdout, stderr }: Ended): object {
  // an error printed with its stack: frames of Node's own differ by how the entry is loaded when something is preloaded
  const errors = stderr.replace(/^ {4}at .*\n/gm, '').replace(/\(node:\d+\)/g, '(node:PID)');
  return { code, signal, stdout, stderr: errors };
}

function fileName(name: string): string {
  return name.replace(/\W+/g, '-');
}

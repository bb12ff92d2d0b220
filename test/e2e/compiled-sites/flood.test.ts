/** Floods of calls are timed by the sidecar's beats; what is too long is told of as exactly as without. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import test, { after } from 'node:test';
import { fromKeyValues } from '../../../src/otlp/values.js';
import { PULSE } from '../../../src/tasks/pulse.js';
import { REGISTER } from '../../support/application.js';
import { CompiledApplication, cannotCompile } from '../../support/compiled-run.js';
import { OtlpSink } from '../../support/otlp-sink.js';

const NAMES = ['first', 'second', 'third', 'fourth', 'fifth'];
const SLOW_MS = 130;

const PROGRAM = `
const { tasks } = globalThis[Symbol.for('opentelemetry-instrumentation-async')].attach().flight;
const beat = () => tasks.functionCalls.beats[${PULSE.BEAT}];

async function leaf(i) {
  await null;
  return i;
}
/** Calls until the beats have come, and some more. */
async function flood() {
  let more = 20_000;
  for (const from = performance.now(); more > 0 && performance.now() - from < 20_000; ) {
    for (let i = 0; i < 100; i++) await leaf(i);
    if (beat() !== 0) more -= 100;
  }
  return more <= 0;
}
function block() {
  const from = performance.now();
  while (performance.now() - from < ${SLOW_MS});
  return performance.now() - from;
}
${NAMES.map((name) => `async function ${name}() {\n  await null;\n  return block();\n}`).join('\n')}

const told = {};
for (const slow of [${NAMES.join(', ')}]) {
  if (!(await flood())) throw new Error('no beats');
  told[slow.name] = await slow();
}
// nobody is in need of beats any more
for (const from = performance.now(); beat() !== 0 && performance.now() - from < 20_000; ) {
  await new Promise((resolve) => setTimeout(resolve, 10));
}
if (beat() !== 0) throw new Error('beats without an end');
console.log(JSON.stringify(told));
`;

const application = new CompiledApplication({ 'main.mjs': PROGRAM });
after(() => application.remove());

test('in a flood of calls a slow run is told of with its task and its time', {
  skip: cannotCompile,
}, async () => {
  const sink = await OtlpSink.start();
  try {
    const ended = await application.bare('main.mjs', {
      flags: ['--import', REGISTER],
      env: {
        OTEL_EXPORTER_OTLP_ENDPOINT: sink.url,
        OTEL_NODE_ASYNC_SITES: 'compiled',
        OTEL_NODE_ASYNC_DEBUG: 'true',
        OTEL_NODE_ASYNC_SITES_CACHE_FOLDER: join(application.folder, 'cache'),
        OTEL_NODE_ASYNC_OVERHEAD_BUDGET: '1',
      },
    });
    assert.equal(ended.code, 0, ended.stderr);
    const took = JSON.parse(ended.stdout) as Record<string, number>;
    const excess = NAMES.map((name) => {
      const record = sink.logs.find(
        (log) => log.eventName === 'async.callback.slow' && log.body?.stringValue?.startsWith(`${name} ran`),
      );
      const seconds = Number(record && fromKeyValues(record.attributes).get('async.callback.duration'));
      return seconds * 1_000 - (took[name] as number);
    });
    assert.ok(
      excess.every((ms) => ms > -1),
      `${excess}`,
    );
    // where the thread waits for a processor just before, that is in some of them, and not in all
    assert.ok(Math.min(...excess) < 2, `${excess}`);
  } finally {
    await sink.stop();
  }
});

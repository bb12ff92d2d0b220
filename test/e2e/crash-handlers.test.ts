/** Where it is the application's own handler that ends the process, its error arrives as one would that nobody handled. */
import assert from 'node:assert/strict';
import test, { after, before, beforeEach } from 'node:test';
import { pathToFileURL } from 'node:url';
import { Application, REGISTER } from '../support/application.js';
import { Collector } from '../support/collector.js';

const THROW = `setTimeout(() => { throw new Error('too much'); }, 1);`;
const REJECT = `setTimeout(() => { Promise.reject(new Error('too much')); }, 1);`;
const NATURAL = 8;
const PROGRAMS: Record<string, { source: string; code: number; severity?: string }> = {
  'process.exit() in an uncaughtException listener': {
    source: `process.on('uncaughtException', () => process.exit(3)); ${THROW}`,
    code: 3,
  },
  'process.exit() soon after': {
    source: `process.on('uncaughtException', () => setTimeout(() => process.exit(4), 50)); ${THROW}`,
    code: 4,
  },
  'process.exit() in a listener to the monitor': {
    source: `process.on('uncaughtExceptionMonitor', () => process.exit(5)); ${THROW}`,
    code: 5,
    severity: 'FATAL',
  },
  'process.exit() in an unhandledRejection listener': {
    source: `process.on('unhandledRejection', () => process.exit(6)); ${REJECT}`,
    code: 6,
  },
  'an exit code, and nothing left to do': {
    source: `process.on('unhandledRejection', () => { process.exitCode = ${NATURAL}; }); ${REJECT}`,
    code: NATURAL,
  },
};
const DIST = new URL('.', pathToFileURL(REGISTER)).href;
// no span before the error, and none of the application's; the sidecar takes some time to start
const READY = `
  import { setTimeout as delay } from 'node:timers/promises';
  import { getEnvironmentData } from 'node:worker_threads';
  import { PROCESS } from '${DIST}sidecar/shared-memory.js';
  import { HOLD } from '${DIST}sidecar/signals/signal-words.js';
  const { words } = getEnvironmentData('opentelemetry-instrumentation-async.sidecar');
  while (words[PROCESS.SIGTERM] !== HOLD.HELD) await delay(10);
`;
const application = new Application(
  Object.fromEntries(
    Object.values(PROGRAMS).map(({ source, code }) => [`${code}.mjs`, `${READY} ${source}`]),
  ),
);
let collector: Collector;
before(async () => {
  collector = await Collector.start();
});
beforeEach(() => {
  collector.logs.length = collector.spans.length = 0;
});
after(async () => {
  application.remove();
  await collector.stop();
});

for (const [name, { code, severity = 'ERROR' }] of Object.entries(PROGRAMS)) {
  test(`${name}: record and span arrive`, async () => {
    const ended = await application.run(`${code}.mjs`, {
      flags: ['--import', REGISTER],
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url },
    });
    assert.equal(ended.code, code, ended.stderr);
    const exceptions = collector.logs.flatMap(({ item }) => (item.eventName === 'exception' ? [item] : []));
    assert.equal(exceptions[0]?.severityText, severity);
    // one that was on its way is sent again as it was; the SDK writes this zero, and we leave it out
    const same = exceptions.map((item) => ({ ...item, droppedAttributesCount: 0 }));
    for (const again of same) assert.deepEqual(again, same[0]);
    // at a natural end the flush has delivered it, and nothing was on its way
    if (code === NATURAL) assert.equal(same.length, 1);
    const named = /^(uncaught exception|unhandled rejection)$/;
    assert.equal(collector.spans.filter(({ item }) => named.test(item.name ?? '')).length, 1);
  });
}

import assert from 'node:assert/strict';
import test from 'node:test';
import { Collector } from '../support/collector.js';
import { CRASH_KINDS } from '../support/crashes/crash.js';
import { LocalReceiver } from '../support/crashes/local-receiver.js';
import { crashSeries, latencyText } from '../support/crashes/series.js';

// a hundred on every Node: npm run test:crashes
test('every crash is delivered, and ends as without us', { timeout: 240_000 }, async (t) => {
  const collector = await Collector.start();
  const crashes = 2 * CRASH_KINDS.length;
  const result = await crashSeries(process.execPath, crashes, new LocalReceiver(collector));
  await collector.stop();
  t.diagnostic(`crash to delivered: ${latencyText(result.latenciesMs)}`);
  assert.deepEqual(result.failures, []);
  assert.equal(result.delivered, crashes);
  assert.equal(result.sameEnd, crashes);
});

test('the series sees what is not delivered', async () => {
  const collector = await Collector.start();
  collector.misbehave = (request, response) => {
    if (request.url !== '/v1/logs') return undefined;
    request.resume();
    response.writeHead(400).end();
    return true;
  };
  const result = await crashSeries(process.execPath, 1, new LocalReceiver(collector));
  await collector.stop();
  assert.equal(result.delivered, 0);
  assert.equal(result.sameEnd, 1);
  assert.match(result.failures[0] ?? '', /"exception":false,"ended":true/);
});

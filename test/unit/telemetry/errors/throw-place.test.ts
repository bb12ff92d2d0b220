import assert from 'node:assert/strict';
import test from 'node:test';
import { describeThrown } from '../../../../src/base/thrown.js';
import { throwPlaceOf } from '../../../../src/telemetry/errors/throw-place.js';

const OTEL = '/app/node_modules/@opentelemetry';
const FRAMES = {
  user: 'handler (/app/src/shop.js:3:7)',
  node: 'readFileSync (node:fs:441:20)',
  url: 'new URL (node:internal/url:816:29)',
  als: 'AsyncLocalStorage.run (node:internal/async_local_storage:91:14)',
  pg: 'Client.query (/app/node_modules/pg/lib/client.js:10:2)',
  grpc: 'callErrorFromStatus (/app/node_modules/@grpc/grpc-js/build/src/call.js:32:19)',
  exporter: `send (${OTEL}/otlp-exporter-base/build/src/transport/http-transport-utils.js:75:35)`,
  asyncExporter: `async send (${OTEL}/exporter-trace-otlp-grpc/build/src/x.js:1:1)`,
  processor: `flush (${OTEL}/sdk-trace-base/build/src/export/BatchSpanProcessorBase.js:1:1)`,
  tracer: `Tracer.startActiveSpan (${OTEL}/sdk-trace-base/build/src/Tracer.js:1:1)`,
  with: `AsyncLocalStorageContextManager.with (${OTEL}/context-async-hooks/build/src/x.js:1:1)`,
  instrumentation: `patched (${OTEL}/instrumentation-pg/build/src/instrumentation.js:1:1)`,
  self: `readFileSync (${new URL('../../../../src/probes/x.js', import.meta.url).pathname}:1:1)`,
} as const;
type Frame = keyof typeof FRAMES;

function isOwn(frames: readonly Frame[]): boolean {
  const error = new Error('x');
  error.stack = `Error: x\n${frames.map((frame) => `    at ${FRAMES[frame]}`).join('\n')}`;
  return throwPlaceOf(describeThrown(error)).isOwn;
}

const CASES: readonly [what: string, frames: readonly Frame[], own: boolean][] = [
  ['a plain error', ['user'], false],
  ['a missing file, read through a wrapper of ours', ['node', 'self', 'user'], false],
  ['a bad URL, given to an instrumented http.get', ['url', 'instrumentation', 'user'], false],
  ['a failing query, instrumented', ['pg', 'instrumentation', 'user'], false],
  ['a failing query nobody of the application is on the stack of', ['pg', 'instrumentation', 'node'], false],
  ['thrown in an active span', ['user', 'als', 'with', 'tracer', 'user'], false],
  ['thrown by a library in an active span of its own', ['pg', 'als', 'with', 'tracer', 'pg'], false],
  ['an exporter of the user', ['user', 'processor'], false],
  ['an answer the exporter did not like', ['exporter', 'node'], true],
  ['a gRPC status', ['grpc', 'asyncExporter'], true],
  ['a socket below an exporter', ['node', 'exporter'], true],
  ['a flush that failed', ['node', 'processor', 'user'], true],
  ['a bug of an instrumentation', ['instrumentation', 'user'], true],
  ['a bug of ours', ['self', 'node', 'user'], true],
  ['a socket with nobody on the stack', ['node'], false],
  ['nothing known', [], false],
];

for (const [what, frames, own] of CASES) {
  test(`${what} is ${own ? 'no ' : ''}error of the application`, () => assert.equal(isOwn(frames), own));
}

test('the place is the nearest line of user code, else the topmost', () => {
  const place = (frames: readonly Frame[]) => {
    const stack = `Error\n${frames.map((frame) => `    at ${FRAMES[frame]}`).join('\n')}`;
    return throwPlaceOf(describeThrown(Object.assign(new Error(''), { stack }))).site?.file;
  };
  assert.equal(place(['node', 'pg', 'user']), '/app/src/shop.js');
  assert.equal(place(['node', 'pg']), 'node:fs');
  assert.equal(place([]), undefined);
});

import assert from 'node:assert/strict';
import { connect } from 'node:net';
import test, { after } from 'node:test';
import { deflateSync, gzipSync } from 'node:zlib';
import { BODY_LIMIT } from '../../../src/cli/receiver/body.js';
import { startReceiver } from '../../../src/cli/receiver/receiver.js';
import type { Sink } from '../../../src/cli/receiver/signals.js';
import { decodeJson, encodeJson } from '../../../src/otlp/json.js';
import type { TracesRequest } from '../../../src/otlp/messages.js';
import { decodeProtobuf, encodeProtobuf } from '../../../src/otlp/protobuf.js';
import {
  LOGS_REQUEST,
  METRICS_REQUEST,
  RPC_STATUS,
  TRACES_REQUEST,
  TRACES_RESPONSE,
} from '../../../src/otlp/tables.js';

const PROTOBUF = 'application/x-protobuf';
const JSON_TYPE = 'application/json';

const taken: [signal: string, request: object][] = [];
const warnings: string[] = [];
const sink: Sink = {
  traces: (request) => {
    taken.push(['traces', request]);
    return request.resourceSpans?.[0]?.schemaUrl === 'bad' ? { count: 2, reason: 'bad ids' } : undefined;
  },
  metrics: (request) => void taken.push(['metrics', request]),
  logs: (request) => void taken.push(['logs', request]),
};
const receiver = await startReceiver({
  host: '127.0.0.1',
  port: 0,
  sink,
  warn: (message) => warnings.push(message),
});
after(() => receiver.close());

const request: TracesRequest = { resourceSpans: [{ schemaUrl: 'x' }] };

function post(path: string, body: Uint8Array | string, headers: Record<string, string>) {
  return fetch(receiver.url + path, { method: 'POST', body, headers });
}

async function refusal(response: Response): Promise<[number, string]> {
  const type = response.headers.get('content-type');
  const status =
    type === PROTOBUF
      ? decodeProtobuf(RPC_STATUS, new Uint8Array(await response.arrayBuffer()))
      : decodeJson(RPC_STATUS, await response.text());
  return [response.status, status.message ?? ''];
}

test('protobuf and JSON, plain, gzip and deflate, are received and answered in kind', async () => {
  for (const [type, body] of [
    [PROTOBUF, encodeProtobuf(TRACES_REQUEST, request)],
    [`${JSON_TYPE}; charset=utf-8`, Buffer.from(encodeJson(TRACES_REQUEST, request))],
  ] as const) {
    for (const [encoding, sent] of [
      ['identity', body],
      ['gzip', gzipSync(body)],
      ['deflate', deflateSync(body)],
    ] as const) {
      taken.length = 0;
      const response = await post('/v1/traces', sent, { 'content-type': type, 'content-encoding': encoding });
      assert.equal(response.status, 200);
      assert.equal(response.headers.get('content-type'), type.split(';')[0]);
      assert.equal(await response.text(), type === PROTOBUF ? '' : '{}');
      assert.deepEqual(taken, [['traces', request]]);
    }
  }
});

test('each signal has its address', async () => {
  taken.length = 0;
  await post('/v1/metrics', encodeJson(METRICS_REQUEST, {}), { 'content-type': JSON_TYPE });
  await post('/v1/logs?x=1', encodeProtobuf(LOGS_REQUEST, {}), { 'content-type': PROTOBUF });
  assert.deepEqual(
    taken.map(([signal]) => signal),
    ['metrics', 'logs'],
  );
});

test('what was rejected is told as partial success', async () => {
  const body = encodeProtobuf(TRACES_REQUEST, { resourceSpans: [{ schemaUrl: 'bad' }] });
  const response = await post('/v1/traces', body, { 'content-type': PROTOBUF });
  assert.equal(response.status, 200);
  assert.deepEqual(decodeProtobuf(TRACES_RESPONSE, new Uint8Array(await response.arrayBuffer())), {
    partialSuccess: { rejectedSpans: 2n, errorMessage: 'bad ids' },
  });
});

test('what cannot be taken is refused with a reason, and nothing reaches the sink', async () => {
  taken.length = 0;
  const json = { 'content-type': JSON_TYPE };
  const refused: [Promise<Response>, number, RegExp][] = [
    [post('/', '{}', json), 404, /\/v1\/traces, \/v1\/metrics, \/v1\/logs/],
    [fetch(`${receiver.url}/v1/traces`), 405, /POST/],
    [post('/v1/traces', '{}', { 'content-type': 'text/plain' }), 415, /content-type/],
    [post('/v1/traces', '{}', { ...json, 'content-encoding': 'br' }), 415, /not br/],
    [post('/v1/traces', '{"resourceSpans":7}', json), 400, /an array/],
    [post('/v1/traces', Buffer.from('0aff', 'hex'), { 'content-type': PROTOBUF }), 400, /ends too early/],
    [post('/v1/traces', 'not gzip', { ...json, 'content-encoding': 'gzip' }), 400, /cannot be read/],
    [post('/v1/traces', Buffer.alloc(BODY_LIMIT + 1), json), 413, /larger than 16 MiB/],
    [
      post('/v1/traces', gzipSync(Buffer.alloc(BODY_LIMIT + 1)), { ...json, 'content-encoding': 'gzip' }),
      413,
      /larger/,
    ],
  ];
  for (const [answer, status, reason] of refused) {
    const [actual, message] = await refusal(await answer);
    assert.equal(actual, status, message);
    assert.match(message, reason);
  }
  assert.deepEqual(taken, []);
});

test('a body without a length that never ends is cut off', async () => {
  taken.length = 0;
  const socket = connect(Number(new URL(receiver.url).port), '127.0.0.1');
  socket.on('error', () => {});
  socket.write(
    'POST /v1/traces HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n',
  );
  let answer = '';
  socket.on('data', (data) => {
    answer += data.toString();
  });
  const chunk = Buffer.concat([Buffer.from('100000\r\n'), Buffer.alloc(0x100000, 32), Buffer.from('\r\n')]);
  const closed = new Promise<void>((resolve) => socket.on('close', () => resolve()));
  const pump = () => {
    while (!socket.destroyed && socket.write(chunk));
  };
  socket.on('drain', pump);
  pump();
  await closed;
  // a sender that does not stop may lose the answer to the reset that follows it
  assert.match(answer, /^$|^HTTP\/1\.1 413 /);
  assert.ok(socket.bytesWritten < 4 * BODY_LIMIT, String(socket.bytesWritten));
  assert.deepEqual(taken, []);
});

test('a gRPC client is explained once', async () => {
  for (let round = 0; round < 2; round++) {
    const socket = connect(Number(new URL(receiver.url).port), '127.0.0.1');
    socket.on('error', () => {});
    socket.end('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
    await new Promise<void>((resolve) => socket.on('close', () => resolve()).resume());
  }
  assert.equal(warnings.length, 1);
  assert.match(warnings[0] ?? '', /OTEL_EXPORTER_OTLP_PROTOCOL=http\/protobuf/);
});

test('a port that is taken is told', async () => {
  const port = Number(new URL(receiver.url).port);
  await assert.rejects(startReceiver({ host: '127.0.0.1', port, sink, warn: () => {} }), {
    code: 'EADDRINUSE',
  });
});

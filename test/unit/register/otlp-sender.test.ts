import assert from 'node:assert/strict';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, test } from 'node:test';
import { otlpTarget } from '../../../src/config/otlp-target.js';
import { OtlpSender } from '../../../src/register/otlp-sender.js';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function collector(answer: RequestListener): Promise<string> {
  const server = createServer((request, response) => {
    request.resume().on('end', () => answer(request, response));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function senderTo(url: string, timeoutMs = 10_000) {
  const health = {
    delivered: undefined as boolean | undefined,
    errors: [] as string[],
    failed: (_target: unknown, error: Error) => void health.errors.push(error.message),
  };
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_EXPORTER_OTLP_TIMEOUT: String(timeoutMs) };
  return { sender: new OtlpSender(otlpTarget('traces', env), health), health };
}

const batch = new Uint8Array([1, 2, 3]);

test('delivers, and drain waits for it', async () => {
  let received = 0;
  const { sender, health } = senderTo(
    await collector((_request, response) => {
      received++;
      setTimeout(() => response.end(), 20);
    }),
  );
  for (let i = 0; i < 20; i++) assert.ok(sender.send(batch));
  assert.equal(sender.pending().length, 20);
  await sender.drain();
  assert.equal(received, 20);
  assert.equal(sender.pending().length, 0);
  assert.equal(health.delivered, true);
});

test('an overloaded collector is asked again, when it says; drain asks at once', async () => {
  let asked = 0;
  const { sender, health } = senderTo(
    await collector((_request, response) => {
      asked++;
      response.writeHead(asked === 1 ? 503 : 200, asked === 1 ? { 'retry-after': '5' } : {}).end();
    }),
  );
  sender.send(batch);
  while (health.errors.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.equal(sender.pending().length, 1);
  await sender.drain();
  assert.equal(asked, 2);
  assert.deepEqual([health.errors, health.delivered], [['status 503'], true]);
});

test('who refuses, redirects or is not there is not asked again by drain', async () => {
  for (const status of [400, 401, 404, 500, 302]) {
    let asked = 0;
    const url = await collector((_request, response) => {
      asked++;
      response.writeHead(status, { location: '/elsewhere' }).end();
    });
    const { sender, health } = senderTo(url);
    sender.send(batch);
    await sender.drain();
    assert.deepEqual([asked, health.errors, health.delivered], [1, [`status ${status}`], false]);
  }
});

test('no answer in time counts as a failure', async () => {
  const { sender, health } = senderTo(await collector(() => {}), 50);
  sender.send(batch);
  await sender.drain();
  assert.deepEqual(health.errors, ['no answer in time']);
  assert.equal(sender.pending().length, 0);
});

test('an endless answer is cut off', async () => {
  const url = await collector((_request, response) => {
    // the callback comes for a write to a closed response too
    const more = () => {
      if (!response.destroyed) response.write(Buffer.alloc(16_384), () => setImmediate(more));
    };
    response.on('error', () => {});
    more();
  });
  const { sender, health } = senderTo(url);
  sender.send(batch);
  await sender.drain();
  assert.equal(health.delivered, true);
});

test('what waits is bounded, and what does not fit is counted', () => {
  const { sender, health } = senderTo('http://127.0.0.1:9');
  const megabyte = new Uint8Array(1024 * 1024);
  for (let i = 0; i < 40; i++) sender.send(megabyte);
  const held = sender.pending().reduce((bytes, { body }) => bytes + body.byteLength, 0);
  assert.ok(held <= 16 * 1024 * 1024);
  assert.equal(sender.dropped, 24);
  assert.match(health.errors[0] ?? '', /some was dropped/);
});

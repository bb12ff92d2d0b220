/** What kinds of collector do to a program that dies: whether it arrives, how long it takes, and what changes: nothing. */
import assert from 'node:assert/strict';
import test, { after, before, beforeEach } from 'node:test';
import { makeCertificate } from '../support/certificate.js';
import { Collector, type Misbehaviour } from '../support/collector.js';
import { comparable } from '../support/crashes/crash.js';
import { LocalReceiver } from '../support/crashes/local-receiver.js';
import { type ProgramRun, runProgram } from '../support/program.js';
import { ServedTime } from '../support/served-time.js';

let collector: Collector;
let plain: ProgramRun;
before(async () => {
  collector = await Collector.start();
  plain = await die({ PACKAGE_URL: 'none' }).then(({ run }) => run);
});
after(() => collector.stop());
beforeEach(() => {
  collector.misbehave = undefined;
  for (const list of [collector.logs, collector.spans, collector.metrics]) list.length = 0;
});

interface Death {
  run: ProgramRun;
  traceId: string;
  /** From the failure to the end of the process, as seen from outside, without what the machine had no processor for. */
  tookMs: number;
}

async function die(env: NodeJS.ProcessEnv = {}): Promise<Death> {
  const program = runProgram('sidecar/crasher.mjs', ['throw'], {
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    ...env,
  });
  const sinceFailure = new ServedTime(program.child.pid as number);
  let tookMs = Number.NaN;
  program.child.stdout?.on('data', (chunk) => {
    if (/^fails /m.test(String(chunk))) sinceFailure.restart();
  });
  program.child.on('exit', () => {
    tookMs = sinceFailure.stop();
  });
  const run = await program.finished;
  return { run, traceId: /trace (\w+)/.exec(run.stdout)?.[1] ?? '', tookMs };
}

function assertArrived({ traceId }: Death, at: Collector): void {
  const { exception, ended, cutOff, metric } = new LocalReceiver(at).arrivals(traceId);
  assert.deepEqual(
    { exception, ended, cutOff, metric },
    { exception: true, ended: true, cutOff: true, metric: true },
  );
}

/** Answers as a collector would until the program has delivered something, then misbehaves. */
function afterFirst(misbehave: Misbehaviour): Misbehaviour {
  let delivered = 0;
  return (request, response) =>
    request.url === '/v1/traces' && delivered++ === 0 ? undefined : misbehave(request, response);
}
const answer =
  (status: number, headers: Record<string, string> = {}): Misbehaviour =>
  (request, response) => {
    request.resume();
    response.writeHead(status, headers).end('no');
    return true;
  };
const endless =
  (status: number): Misbehaviour =>
  (request, response) => {
    request.resume();
    response.writeHead(status);
    const timer = setInterval(() => response.write('x'.repeat(10_000)), 5);
    response.on('close', () => clearInterval(timer));
    return true;
  };
const silence: Misbehaviour = () => true;
const garbage: Misbehaviour = (request) => {
  request.socket.end('\u0000\u0001 this is no HTTP \r\n\r\n');
  return true;
};
const hangUp: Misbehaviour = (request) => {
  request.socket.destroy();
  return true;
};
/** Takes its time before it takes anything. */
const slow =
  (ms: number): Misbehaviour =>
  (request, response) => {
    setTimeout(() => collector.receive(request, response), ms);
    return true;
  };
/** The first request of each kind only. */
function once(misbehave: Misbehaviour): Misbehaviour {
  const seen = new Set<string | undefined>();
  return (request, response) => {
    if (seen.has(request.url)) return undefined;
    seen.add(request.url);
    return misbehave(request, response);
  };
}

const CONFIG = JSON.stringify({ crashFlushTimeoutMs: 700 });
/** What a loaded machine takes on top, to end a process and to notice it. */
const SLACK_MS = 1_500;

for (const [name, misbehave, mostMs] of [
  ['never answers any more', afterFirst(silence), 700],
  ['never answered', silence, 300],
  ['has failed so far', answer(503), 300],
  ['answers 500', afterFirst(answer(500)), 700],
  ['answers 429 and names a far time', afterFirst(answer(429, { 'retry-after': '60' })), 700],
  ['redirects', afterFirst(answer(307, { location: 'http://127.0.0.1:9/' })), 700],
  ['speaks no HTTP', afterFirst(garbage), 700],
  ['hangs up', afterFirst(hangUp), 700],
  ['refuses without end', afterFirst(endless(400)), 700],
] as [string, Misbehaviour, number][]) {
  test(`a collector that ${name} changes nothing`, async () => {
    collector.misbehave = misbehave;
    const death = await die({ CONFIG });
    assert.deepEqual(comparable(death.run), comparable(plain));
    assert.ok(death.tookMs < mostMs + SLACK_MS, `${death.tookMs} ms`);
  });
}

for (const [name, misbehave] of [
  ['is slow', slow(250)],
  ['answers 429 once', afterFirst(once(answer(429)))],
  ['answers 503 once', afterFirst(once(answer(503)))],
  ['hangs up once', afterFirst(once(hangUp))],
] as [string, Misbehaviour][]) {
  test(`a collector that ${name} gets it all`, async () => {
    collector.misbehave = misbehave;
    const death = await die();
    assert.deepEqual(comparable(death.run), comparable(plain));
    assertArrived(death, collector);
  });
}

test('an answer without end is taken for what its status says', async () => {
  let bytes = 0;
  collector.misbehave = afterFirst((request, response) => {
    request.on('data', (chunk) => {
      bytes += chunk.length;
    });
    return endless(200)(request, response);
  });
  const death = await die({ CONFIG });
  assert.deepEqual(comparable(death.run), comparable(plain));
  assert.ok(bytes > 1_000, `${bytes} bytes`);
});

for (const [name, endpoint] of [
  ['nobody listens', 'http://127.0.0.1:9'],
  ['the name is unknown', 'http://no-such-host.invalid:4318'],
  ['the address is no address', 'http://:not a url:'],
  ['the scheme is another', 'ftp://127.0.0.1/'],
] as const) {
  test(`where ${name}, nothing changes`, async () => {
    const death = await die({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, CONFIG });
    const bare = await die({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, PACKAGE_URL: 'none' });
    assert.deepEqual(comparable(death.run), comparable(bare.run));
    assert.ok(death.tookMs < bare.tookMs + 300 + SLACK_MS, `${death.tookMs} ms, ${bare.tookMs} ms without`);
  });
}

const certificate = makeCertificate();
after(() => certificate?.remove());
test('TLS with a certificate of its own authority', {
  skip: certificate ? false : 'no openssl',
}, async () => {
  const secure = await Collector.start(certificate);
  try {
    const env = {
      OTEL_EXPORTER_OTLP_ENDPOINT: secure.url,
      OTEL_EXPORTER_OTLP_CERTIFICATE: certificate?.file,
    };
    assertArrived(await die(env), secure);
    // without it the server is a stranger
    secure.logs.length = 0;
    const stranger = await die({ OTEL_EXPORTER_OTLP_ENDPOINT: secure.url, CONFIG });
    assert.deepEqual(comparable(stranger.run), comparable(plain));
    assert.deepEqual(secure.logs, []);
  } finally {
    await secure.stop();
  }
});

for (const protocol of ['http/json', 'http/protobuf']) {
  for (const compression of ['gzip', 'none']) {
    test(`${protocol}, compression ${compression}, behind headers`, async () => {
      collector.misbehave = (request, response) =>
        request.headers.authorization === 'Bearer abc' ? undefined : answer(401)(request, response);
      const death = await die({
        OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
        OTEL_EXPORTER_OTLP_COMPRESSION: compression,
        OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20abc',
      });
      assertArrived(death, collector);
      const headers = collector.logs[0]?.headers ?? {};
      assert.equal(
        headers['content-type'],
        protocol === 'http/json' ? 'application/json' : 'application/x-protobuf',
      );
      assert.equal(headers['content-encoding'], compression === 'gzip' ? 'gzip' : undefined);
    });
  }
}

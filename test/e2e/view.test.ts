import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import test, { after } from 'node:test';
import { fileURLToPath } from 'node:url';
import { context, SpanStatusCode, trace } from '@opentelemetry/api';
import { OTLPTraceExporter as JsonTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtobufTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { CompressionAlgorithm } from '@opentelemetry/otlp-exporter-base';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor, type SpanExporter } from '@opentelemetry/sdk-trace-base';
import { encodeJson } from '../../src/otlp/json.js';
import { LOGS_REQUEST, TRACES_REQUEST } from '../../src/otlp/tables.js';

const main = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url));

/** A view that goes on after a failed assertion would hold up the tests. */
const views: ChildProcess[] = [];
after(() => {
  for (const child of views) child.kill('SIGKILL');
});

async function view(...args: string[]) {
  const child = spawn(process.execPath, [main, 'view', '--port', '0', ...args], {
    env: { ...process.env, COLUMNS: '120', NO_COLOR: '1' },
  });
  views.push(child);
  const output = { text: '', errors: '' };
  child.stdout.setEncoding('utf8').on('data', (text) => {
    output.text += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    output.errors += text;
  });
  await until(child, () => /http:\/\/\S+/.test(output.text));
  return { child, output, url: /http:\/\/[^\s)]+/.exec(output.text)?.[0] ?? '' };
}

/** Looks again whenever the child says something. */
async function until(child: ChildProcess, condition: () => boolean): Promise<void> {
  while (!condition()) await once(child.stdout!, 'data', { signal: AbortSignal.timeout(20_000) });
}

async function end(child: ChildProcess): Promise<number | null> {
  child.kill('SIGINT');
  const [code] = await once(child, 'exit');
  return code;
}

async function send(exporter: SpanExporter, name: string): Promise<void> {
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'sender' }),
    spanProcessors: [new BatchSpanProcessor(exporter)],
  });
  const tracer = provider.getTracer('test');
  const root = tracer.startSpan(name);
  const child = tracer.startSpan(`inside ${name}`, {}, trace.setSpan(context.active(), root));
  child.recordException(new TypeError('no such thing'));
  child.setStatus({ code: SpanStatusCode.ERROR });
  child.end();
  root.end();
  await provider.shutdown();
}

test('official exporters, protobuf and JSON, plain and gzip: each trace is drawn once, when it is complete', async () => {
  const { child, output, url } = await view();
  const target = { url: `${url}/v1/traces` };
  await send(new ProtobufTraceExporter(target), 'first');
  await send(new JsonTraceExporter(target), 'second');
  await send(new ProtobufTraceExporter({ ...target, compression: CompressionAlgorithm.GZIP }), 'third');
  await until(child, () => /^✖ third/m.test(output.text));
  for (const name of ['first', 'second', 'third']) {
    assert.equal(output.text.match(new RegExp(`^✖ ${name} · .* · sender$`, 'gm'))?.length, 1, output.text);
    assert.match(output.text, new RegExp(`^└─ inside ${name} `, 'm'));
  }
  assert.equal(output.text.match(/✖ TypeError: no such thing/g)?.length, 3);
  assert.equal(await end(child), 0);
  assert.equal(output.errors, '');
});

test('what is still held back is shown at the end', async () => {
  const { child, output, url } = await view();
  await send(new JsonTraceExporter({ url: `${url}/v1/traces` }), 'last words');
  assert.equal(await end(child), 0);
  assert.match(output.text, /^✖ last words/m);
});

test('log records are shown at once', async () => {
  const { child, output, url } = await view();
  const body = encodeJson(LOGS_REQUEST, {
    resourceLogs: [
      { scopeLogs: [{ logRecords: [{ eventName: 'exception', body: { stringValue: 'It broke.' } }] }] },
    ],
  });
  await fetch(`${url}/v1/logs`, { method: 'POST', body, headers: { 'content-type': 'application/json' } });
  await until(child, () => /exception[\s\S]*It broke\./.test(output.text));
  assert.equal(await end(child), 0);
});

test('a reader that goes away ends it quietly; a port that is taken, with a sentence', async () => {
  const { child, output, url } = await view();
  const port = new URL(url).port;
  const second = spawn(process.execPath, [main, 'view', '--port', port]);
  let errors = '';
  second.stderr.setEncoding('utf8').on('data', (text) => {
    errors += text;
  });
  assert.deepEqual((await once(second, 'close'))[0], 1);
  assert.match(errors, new RegExp(`^otel-async: port ${port} of 127\\.0\\.0\\.1 is taken.*--port\n$`));
  child.stdout.destroy();
  await send(new JsonTraceExporter({ url: `${url}/v1/traces` }), 'unread');
  assert.equal((await once(child, 'exit', { signal: AbortSignal.timeout(20_000) }))[0], 0);
  assert.equal(output.errors, '');
});

test('a reader that does not read stops neither the senders nor the end', async () => {
  const { child, url } = await view();
  child.stdout.pause();
  const headers = { 'content-type': 'application/json' };
  for (let trace = 1; trace <= 40; trace++) {
    const spans = Array.from({ length: 60 }, (_, index) => ({
      traceId: trace.toString(16).padStart(32, '0'),
      spanId: (index + 1).toString(16).padStart(16, '0'),
      parentSpanId: index === 0 ? '' : '0000000000000001',
      name: `step ${index}`,
      startTimeUnixNano: 1n,
      endTimeUnixNano: 1_000_000_000n,
    }));
    const body = encodeJson(TRACES_REQUEST, { resourceSpans: [{ scopeSpans: [{ spans }] }] });
    const answer = await fetch(`${url}/v1/traces`, { method: 'POST', body, headers });
    assert.equal(answer.status, 200);
  }
  // draws all of them, many times what a pipe holds
  child.kill('SIGTERM');
  assert.equal((await once(child, 'exit', { signal: AbortSignal.timeout(20_000) }))[0], 0);
});

test('--help, --version and mistakes', async () => {
  const run = async (...args: string[]) => {
    const child = spawn(process.execPath, [main, ...args]);
    const said = { out: '', err: '' };
    child.stdout.setEncoding('utf8').on('data', (text) => {
      said.out += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text) => {
      said.err += text;
    });
    const [code] = await once(child, 'close');
    return { code, ...said };
  };
  assert.match((await run('--help')).out, /^Usage: otel-async COMMAND[\s\S]*\n {2}view {2}/);
  assert.match((await run('view', '--help')).out, /--port PORT[\s\S]*4318[\s\S]*--host ADDRESS/);
  assert.match((await run('--version')).out, /^\d+\.\d+\.\d+\n$/);
  for (const [args, message] of [
    [['veiw'], /no command "veiw"; the commands are: view/],
    [['view', '--port', '99999'], /--port must be a number from 0 to 65535, not "99999"/],
    [['view', '--prot', '1'], /--prot.*view --help/],
    [['view', 'x'], /view takes no "x"/],
  ] as const) {
    const { code, out, err } = await run(...args);
    assert.deepEqual([code, out], [2, '']);
    assert.match(err, message);
    assert.equal(err.split('\n').length, 2);
  }
});

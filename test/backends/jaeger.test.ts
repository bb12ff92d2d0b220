import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { SCOPE } from '../../src/semconv.js';
import { runApplication } from '../support/backends/application.js';
import { needs } from '../support/backends/binaries.js';
import { assertNoWarnings, assertSameSpans, assertTrees } from '../support/backends/expectations.js';
import type { Recording, SpanFacts } from '../support/backends/facts.js';
import { postJson } from '../support/backends/http.js';
import { Jaeger } from '../support/backends/jaeger.js';

const source = fileURLToPath(new URL('../../../test/fixtures/backends/service.ts', import.meta.url));
const lines = readFileSync(source, 'utf8').split('\n');

describe('Jaeger alone', needs('jaeger'), () => {
  let jaeger: Jaeger;

  before(async () => {
    jaeger = await Jaeger.start();
  });

  after(() => jaeger?.stop());

  for (const protocol of ['http/protobuf', 'http/json'] as const) {
    describe(`fed by ${protocol}`, () => {
      let sent: Recording;

      before(async () => {
        const otlpUrl = jaeger.otlpUrl;
        sent = await runApplication('service', { service: protocol, otlpUrl, protocol });
      });

      test('shows every trace as it was sent', async () => {
        for (const spans of byTrace(sent.spans)) {
          const trace = await jaeger.completeTrace(spans[0]?.traceId ?? '', spans.length);
          assertSameSpans(trace.spans, spans);
          assertTrees(trace.spans);
          assertNoWarnings(trace, SCOPE);
        }
      });

      test('shows in an order what the code did for it, each with the line that started it', async () => {
        const { spans } = await traceOf('/order');
        const expected = [
          'GET > placeOrder | route()',
          'placeOrder > loadUser | loadUser()',
          'loadUser > setTimeout | delay(15)',
          'placeOrder > checkStock | checkStock()',
          'checkStock > setTimeout | delay(20)',
          'placeOrder > computePrice | computePrice()',
          'computePrice > setTimeout | delay(10)',
          'placeOrder > Promise.all | all(',
          'placeOrder > auditOrder | auditOrder()',
          'auditOrder > child_process.spawn | execute(',
          'GET > http.request | get(',
        ];
        // Only where they took a millisecond.
        const quick = /\| (lookup|readFile)\($|^GET > tcp.connect |^auditOrder > execFile /;
        const shown = spans.filter((span) => span.scope === SCOPE).map((span) => edge(span, spans));
        const steady = shown.filter((line) => !quick.test(line));
        assert.deepEqual(steady.sort(), expected.sort());
      });

      test('shows where the 300 ms went that a report kept the loop', async () => {
        const { spans } = await traceOf('/report');
        const report = spans.find((span) => span.name === 'buildReport');
        assert.ok(Number(report?.attributes['async.task.busy_time']) >= 0.3);
        assert.equal(report?.attributes['async.task.outcome'], 'fulfilled');
      });

      test('shows the forgotten rejection as an error of its request', async () => {
        const { spans } = await traceOf('/forgotten');
        const server = spans.find((span) => span.kind === 2);
        assert.equal(server?.status.code, 2);
        assert.match(server?.status.message ?? '', /no address for order 42/);
        const exception = server?.events.find((event) => event.name === 'exception');
        assert.equal(exception?.attributes['exception.type'], 'TypeError');
        assert.equal(
          lineAt(exception?.attributes['code.line.number']),
          "throw new TypeError('no address for order 42');",
        );
      });

      async function traceOf(path: string): Promise<{ spans: SpanFacts[] }> {
        const server = sent.spans.find((span) => span.attributes['url.path'] === path);
        assert.ok(server, `no request to ${path}`);
        const count = sent.spans.filter((span) => span.traceId === server.traceId).length;
        return jaeger.completeTrace(server.traceId, count);
      }
    });
  }

  test('shows what the README of examples/jaeger says one sees', async () => {
    const program = fileURLToPath(new URL('../../examples/jaeger/run.js', import.meta.url));
    const env = { ...process.env, OTEL_EXPORTER_OTLP_ENDPOINT: jaeger.otlpUrl };
    await promisify(execFile)(process.execPath, [program], { env, timeout: 120_000 });
    assert.ok((await jaeger.services()).includes('shop'));
    const operations = await jaeger.operations('shop');
    const requests = [
      'server GET /products/:id',
      'server POST /orders',
      'server GET /report',
      'server POST /newsletter',
    ];
    const functions = [
      'internal findProduct',
      'internal deliveryDays',
      'internal placeOrder',
      'internal salesReport',
    ];
    for (const name of [...requests, ...functions])
      assert.ok(operations.includes(name), `${name} is not in ${operations}`);
  });

  test('warns of what no trace may have, so that its silence means something', async () => {
    const traceId = 'c'.repeat(32);
    const span = (spanId: string, parentSpanId: string, name: string, start: number) => ({
      traceId,
      spanId,
      parentSpanId,
      name,
      kind: 1,
      startTimeUnixNano: `${start}000000`,
      endTimeUnixNano: `${start + 100}000000`,
    });
    const now = Date.now();
    const spans = [
      span('1'.repeat(16), '', 'root', now),
      span('2'.repeat(16), '1'.repeat(16), 'first', now),
      span('2'.repeat(16), '1'.repeat(16), 'second', now + 1),
      span('3'.repeat(16), '9'.repeat(16), 'orphan', now),
      span('4'.repeat(16), '1'.repeat(16), 'early', now - 5),
    ];
    const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'wrong' } }] };
    const scopeSpans = [{ scope: { name: SCOPE }, spans }];
    const answer = await postJson(`${jaeger.otlpUrl}/v1/traces`, {
      resourceSpans: [{ resource, scopeSpans }],
    });
    assert.equal(answer.status, 200);
    const trace = await jaeger.completeTrace(traceId, spans.length);
    const warnings = trace.warnings.map(({ span, message }) => `${span.name}: ${message}`).join('\n');
    assert.match(warnings, /duplicate span IDs/);
    assert.match(warnings, /orphan: parent span ID=9999999999999999 is not in the trace/);
    assert.throws(() => assertNoWarnings(trace, SCOPE));
    assert.throws(() => assertTrees(trace.spans));
  });
});

/** `parent > name | call`, the call as it stands in the fixture at the creation site. */
function edge(span: SpanFacts, spans: readonly SpanFacts[]): string {
  const parent = spans.find(({ spanId }) => spanId === span.parentSpanId);
  const { 'code.file.path': file, 'code.line.number': line, 'code.column.number': column } = span.attributes;
  assert.equal(file, source);
  const code = lines[Number(line) - 1]?.slice(Number(column) - 1) ?? '';
  return `${parent?.name} > ${span.name} | ${/^\w+\(\d*\)?/.exec(code)}`;
}

function lineAt(line: unknown): string | undefined {
  return lines[Number(line) - 1]?.trim();
}

function byTrace(spans: readonly SpanFacts[]): SpanFacts[][] {
  const ids = [...new Set(spans.map((span) => span.traceId))];
  return ids.map((id) => spans.filter((span) => span.traceId === id));
}

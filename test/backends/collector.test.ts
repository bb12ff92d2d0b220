import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { SCOPE } from '../../src/semconv.js';
import { runApplication, runShop } from '../support/backends/application.js';
import { needs } from '../support/backends/binaries.js';
import {
  assertInsideParents,
  assertNoWarnings,
  assertSameLogs,
  assertSameSpans,
  assertTrees,
} from '../support/backends/expectations.js';
import type { Recording } from '../support/backends/facts.js';
import { assertSameSeries, prometheusName } from '../support/backends/prometheus-expectations.js';
import { Stack } from '../support/backends/stack.js';
import { waitFor } from '../support/backends/wait.js';

const KINDS = ['', 'internal', 'server', 'client'];
const SERVER = KINDS.indexOf('server');

const METRICS_EXPECTED = [
  'async_event_loop_lag_seconds',
  'async_unhandled_error_total',
  'nodejs_eventloop_delay_p99_seconds',
  'nodejs_eventloop_utilization_ratio',
  'nodejs_eventloop_time_seconds_total',
];

interface Application {
  readonly name: string;
  run(otlpUrl: string): Promise<Recording>;
  /** The request after which a rejection went unhandled, and the rejection. */
  readonly forgotten: { path: string; message: string; file: RegExp };
  /** Functions of its own that must be seen. */
  readonly functions: readonly string[];
}

const service = (protocol: 'http/protobuf' | 'http/json'): Application => ({
  name: `a service that speaks ${protocol}`,
  run: (otlpUrl) => runApplication('service', { service: 'application', otlpUrl, protocol }),
  forgotten: {
    path: '/forgotten',
    message: 'no address for order 42',
    file: /\/test\/fixtures\/backends\/service\.ts$/,
  },
  functions: ['placeOrder', 'loadUser', 'buildReport', 'failToPay', 'sendMail'],
});

const shop: Application = {
  name: 'the example shop with a crowd in it',
  run: (otlpUrl) => runShop({ service: 'application', otlpUrl, protocol: 'http/protobuf' }),
  forgotten: {
    path: '/newsletter',
    message: '"nobody" is no mail address',
    file: /\/examples\/shop\/newsletter\.ts$/,
  },
  functions: ['findProduct', 'deliveryDays', 'placeOrder', 'printReceipt', 'salesReport'],
};

for (const application of [service('http/protobuf'), service('http/json'), shop]) {
  describe(`${application.name}, through the Collector`, needs('otelcol', 'jaeger', 'prometheus'), () => {
    let stack: Stack;
    let sent: Recording;

    before(async () => {
      stack = await Stack.start();
      sent = await application.run(stack.collector.otlpUrl);
    });

    after(() => stack?.stop());

    test('every exporter was answered with success', () => {
      assert.deepEqual(sent.failures, []);
    });

    test('the Collector got every span as it was sent', async () => {
      const received = await waitFor('spans at the Collector', () => {
        const spans = stack.collector.spans();
        return spans.length >= sent.spans.length ? spans : undefined;
      });
      assertSameSpans(received, sent.spans);
      assertTrees(received);
      assertInsideParents(received, SCOPE);
    });

    test('Jaeger behind it shows every trace as it was sent', async () => {
      const traceIds = new Set(sent.spans.map((span) => span.traceId));
      for (const traceId of traceIds) {
        const spans = sent.spans.filter((span) => span.traceId === traceId);
        const trace = await stack.jaeger.completeTrace(traceId, spans.length);
        assertSameSpans(trace.spans, spans);
        assertNoWarnings(trace, SCOPE);
      }
      assert.deepEqual(await stack.jaeger.services(), ['application']);
      const operations = new Set(sent.spans.map((span) => `${KINDS[span.kind]} ${span.name}`));
      assert.deepEqual((await stack.jaeger.operations('application')).sort(), [...operations].sort());
    });

    test('its traces are readable: few task spans, each with a name of its own and a line of its own code', () => {
      // a busy machine has findings besides: what it made slow may be nobody's code
      const tasks = sent.spans.filter((span) => span.scope === SCOPE && !/^async\./.test(span.name));
      for (const name of application.functions)
        assert.ok(
          tasks.some((span) => span.name === name),
          name,
        );
      assert.ok(!tasks.some((span) => /^[A-Z_]+$/.test(span.name)), "Node's word for a resource type");
      for (const { traceId } of tasks) {
        const count = tasks.filter((span) => span.traceId === traceId).length;
        assert.ok(count <= 30, `${count} task spans in trace ${traceId}`);
      }
      for (const { name, attributes } of tasks) {
        assert.match(String(attributes['code.file.path']), /\/(test\/fixtures|examples)\/.*\.ts$/, name);
      }
    });

    test('the Collector got every metric as it was sent', async () => {
      const received = await waitFor('metrics at the Collector', () => {
        const metrics = stack.collector.metrics();
        return metrics.length >= sent.metrics.length ? metrics : undefined;
      });
      assert.deepEqual(received, sent.metrics);
    });

    test('Prometheus behind it shows every series of ours as it was sent', async () => {
      const last = sent.metrics.at(-1) ?? [];
      const ours = last.filter((metric) => metric.scope === SCOPE);
      for (const metric of ours) {
        const time = metric.points[0]?.time ?? '';
        assertSameSeries(await stack.prometheus.series(prometheusName(metric), 'application', time), metric);
      }
      const names = ours.map(prometheusName);
      for (const name of METRICS_EXPECTED) assert.ok(names.includes(name), `${name} is missing in ${names}`);
    });

    test('the block of 300 ms is in Prometheus as thirty late probes', async () => {
      const [late] = await stack.prometheus.query(
        'async_event_loop_lag_seconds_count - ignoring(le) async_event_loop_lag_seconds_bucket{le="0.01"}',
      );
      assert.ok(late !== undefined && late.value >= 28, `${late?.value} late probes`);
    });

    test('the Collector got every event as it was sent, the forgotten rejection in its trace', async () => {
      const received = await waitFor('log records at the Collector', () => {
        const logs = stack.collector.logs();
        return logs.length >= sent.logs.length ? logs : undefined;
      });
      assertSameLogs(received, sent.logs);
      const [exception, ...more] = received.filter((log) => log.eventName === 'exception');
      assert.deepEqual(more, []);
      const { path, message, file } = application.forgotten;
      assert.equal(exception?.attributes['exception.message'], message);
      assert.match(String(exception?.attributes['code.file.path']), file);
      const trace = sent.spans.filter((span) => span.traceId === exception?.traceId);
      assert.ok(trace.some((span) => span.kind === SERVER && span.attributes['url.path'] === path));
      assert.ok(trace.some((span) => span.spanId === exception?.spanId));
    });
  });
}

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { SCOPE } from '../../src/semconv.js';
import { runApplication } from '../support/backends/application.js';
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

const METRICS_EXPECTED = [
  'async_event_loop_lag_seconds',
  'async_unhandled_error_total',
  'nodejs_eventloop_delay_p99_seconds',
  'nodejs_eventloop_utilization_ratio',
  'nodejs_eventloop_time_seconds_total',
];

for (const protocol of ['http/protobuf', 'http/json'] as const) {
  describe(
    `a service that speaks ${protocol} to the Collector`,
    needs('otelcol', 'jaeger', 'prometheus'),
    () => {
      let stack: Stack;
      let sent: Recording;

      before(async () => {
        stack = await Stack.start();
        const otlpUrl = stack.collector.otlpUrl;
        sent = await runApplication('service', { service: 'service', otlpUrl, protocol });
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
        assert.deepEqual(await stack.jaeger.services(), ['service']);
        const operations = new Set(sent.spans.map((span) => `${KINDS[span.kind]} ${span.name}`));
        assert.deepEqual((await stack.jaeger.operations('service')).sort(), [...operations].sort());
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
          assertSameSeries(await stack.prometheus.series(prometheusName(metric), 'service', time), metric);
        }
        const names = ours.map(prometheusName);
        for (const name of METRICS_EXPECTED)
          assert.ok(names.includes(name), `${name} is missing in ${names}`);
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
        assert.equal(exception?.attributes['exception.message'], 'no address for order 42');
        assert.match(
          String(exception?.attributes['code.file.path']),
          /test\/fixtures\/backends\/service\.ts$/,
        );
        const server = sent.spans.find((span) => span.spanId === exception?.spanId);
        assert.equal(server?.attributes['url.path'], '/forgotten');
        assert.equal(exception?.traceId, server?.traceId);
      });
    },
  );
}

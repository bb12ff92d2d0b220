import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { SCOPE } from '../../src/semconv.js';
import { runApplication } from '../support/backends/application.js';
import { needs } from '../support/backends/binaries.js';
import { assertInsideParents, assertSameSpans, assertTrees } from '../support/backends/expectations.js';
import type { Recording } from '../support/backends/facts.js';
import { Stack } from '../support/backends/stack.js';
import { waitFor } from '../support/backends/wait.js';

const KINDS = ['', 'internal', 'server', 'client'];

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
          const ours = trace.warnings.filter(({ span }) => span.scope === SCOPE);
          assert.deepEqual(ours, []);
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
    },
  );
}

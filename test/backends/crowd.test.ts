import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SCOPE } from '../../src/semconv.js';
import { crowd, runShop } from '../support/backends/application.js';
import { needs } from '../support/backends/binaries.js';
import { Collector } from '../support/backends/collector.js';
import { assertInsideParents, assertSameSpans, assertTrees } from '../support/backends/expectations.js';
import { waitFor } from '../support/backends/wait.js';

const VISITS = 60;

test(
  'sixty visits, ten at a time, arrive whole: no span lost, doubled or orphaned',
  needs('otelcol'),
  async () => {
    const collector = await Collector.start();
    try {
      const run = { service: 'shop', otlpUrl: collector.otlpUrl, protocol: 'http/protobuf' } as const;
      const sent = await runShop(run, crowd(VISITS, 10));
      const received = await waitFor('spans at the Collector', () => {
        const spans = collector.spans();
        return spans.length >= sent.spans.length ? spans : undefined;
      });
      assertSameSpans(received, sent.spans);
      assertTrees(received);
      assertInsideParents(received, SCOPE);
      const roots = received.filter((span) => span.parentSpanId === '');
      assert.equal(roots.length, VISITS);
      const tasks = received.filter((span) => span.scope === SCOPE);
      assert.ok(tasks.length > VISITS, `${tasks.length} task spans`);
    } finally {
      await collector.stop();
    }
  },
);

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { SCOPE } from '../../src/semconv.js';
import { runApplication } from '../support/backends/application.js';
import { needs } from '../support/backends/binaries.js';
import { Prometheus } from '../support/backends/prometheus.js';
import { assertSameSeries, prometheusName } from '../support/backends/prometheus-expectations.js';
import { waitFor } from '../support/backends/wait.js';

const LAG_RULE = {
  alert: 'EventLoopLag',
  expr: 'histogram_quantile(0.99, sum by (job, le) (rate(async_event_loop_lag_seconds_bucket[1m]))) > 1.5',
};

describe('Prometheus alone', needs('prometheus'), () => {
  let prometheus: Prometheus;

  before(async () => {
    prometheus = await Prometheus.start({ rules: { groups: [{ name: 'async', rules: [LAG_RULE] }] } });
  });

  after(() => prometheus?.stop());

  for (const protocol of ['http/protobuf', 'http/json'] as const) {
    test(`takes every metric over ${protocol} and shows it as it was sent`, async () => {
      const sent = await runApplication('service', {
        service: protocol,
        otlpUrl: prometheus.otlpUrl,
        protocol,
      });
      assert.deepEqual(sent.failures, []);
      for (const metric of (sent.metrics.at(-1) ?? []).filter(({ scope }) => scope === SCOPE)) {
        const samples = await prometheus.series(
          prometheusName(metric),
          protocol,
          metric.points[0]?.time ?? '',
        );
        assertSameSeries(samples, metric);
        for (const { labels } of samples) assert.equal(labels.instance, `${protocol}-1`);
      }
    });
  }

  test('refuses delta temporality, and the refusal is seen here', async () => {
    const sent = await runApplication('service', {
      service: 'delta',
      otlpUrl: prometheus.otlpUrl,
      protocol: 'http/protobuf',
      environment: { OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: 'delta' },
    });
    assert.notDeepEqual(sent.failures, []);
    assert.deepEqual(await prometheus.query('async_event_loop_lag_seconds_count{job="delta"}'), []);
  });

  test('fires an alert on the lag of the service that is blocked, and of no other', async () => {
    const run = (service: string, blockMs: number) =>
      runApplication('blocked', {
        service,
        otlpUrl: prometheus.otlpUrl,
        protocol: 'http/protobuf',
        environment: { BLOCK_MS: String(blockMs) },
      });
    await Promise.all([run('blocked', 3_000), run('healthy', 0)]);
    const firing = await waitFor('an alert', async () => {
      // The services of the other tests were blocked too, if not for so long.
      const alerts = (await prometheus.alerts()).filter(({ labels }) =>
        /^(blocked|healthy)$/.test(labels.job ?? ''),
      );
      return alerts.some(({ labels }) => labels.job === 'blocked') ? alerts : undefined;
    });
    assert.deepEqual(
      firing.map(({ labels, state }) => [labels.alertname, labels.job, state]),
      [['EventLoopLag', 'blocked', 'firing']],
    );
  });
});

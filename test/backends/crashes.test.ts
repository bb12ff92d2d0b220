import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { needs } from '../support/backends/binaries.js';
import { Collector } from '../support/backends/collector.js';
import { type Arrivals, crashSeries, type Receiver } from '../support/crashes/series.js';

const CRASHES = 100;

/** What a real Collector has written to its files. */
class CollectorFiles implements Receiver {
  constructor(private readonly collector: Collector) {}

  get url(): string {
    return this.collector.otlpUrl;
  }

  arrivals(traceId: string): Arrivals {
    const spans = this.collector.spans();
    const open = spans.find((span) => span.name === 'request' && span.traceId === traceId);
    const isOfRun = ({ resource }: { resource: Readonly<Record<string, unknown>> }) =>
      open !== undefined && resource.run === open.resource.run;
    return {
      atMs: undefined,
      exception: this.collector
        .logs()
        .some((log) => log.eventName === 'exception' && log.traceId === traceId),
      ended: spans.some((span) => span.name === 'already ended' && isOfRun(span)),
      cutOff: open?.attributes['async.span.cut_off'] === true,
      metric: this.collector
        .metrics()
        .flat()
        .some((metric) => metric.name === 'app.orders' && isOfRun(metric)),
    };
  }
}

describe('the Collector', needs('otelcol'), () => {
  test(`has ${CRASHES} crashes of ${CRASHES} in its files`, { timeout: 800_000 }, async (t) => {
    const collector = await Collector.start();
    try {
      const result = await crashSeries(process.execPath, CRASHES, new CollectorFiles(collector));
      t.diagnostic(`${result.delivered} of ${CRASHES} delivered, ${result.sameEnd} ended as without us`);
      assert.deepEqual(result.failures, []);
      assert.equal(result.delivered, CRASHES);
    } finally {
      await collector.stop();
    }
  });
});

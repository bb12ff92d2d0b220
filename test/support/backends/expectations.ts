import assert from 'node:assert/strict';
import { type LogFacts, type MetricFacts, type SpanFacts, sortedLogs, sortedSpans } from './facts.js';
import type { Sample } from './prometheus.js';

/** Names, ids, parents, kinds, times, attributes, status, events, scope and resource of every span. */
export function assertSameSpans(received: readonly SpanFacts[], sent: readonly SpanFacts[]): void {
  assert.ok(sent.length > 0, 'nothing was sent');
  assert.deepEqual(sortedSpans(received), sortedSpans(sent));
}

export function assertSameLogs(received: readonly LogFacts[], sent: readonly LogFacts[]): void {
  assert.ok(sent.length > 0, 'nothing was sent');
  assert.deepEqual(sortedLogs(received), sortedLogs(sent));
}

/** Every trace is one tree: no span id twice, one root, no parent that is not there. */
export function assertTrees(spans: readonly SpanFacts[]): void {
  for (const [traceId, trace] of byTrace(spans)) {
    const ids = trace.map((span) => span.spanId);
    assert.deepEqual(duplicates(ids), [], `span ids exported twice in ${traceId}`);
    const orphans = trace.filter((span) => span.parentSpanId !== '' && !ids.includes(span.parentSpanId));
    assert.deepEqual(names(orphans), [], `spans without their parent in ${traceId}`);
    const roots = trace.filter((span) => span.parentSpanId === '');
    assert.equal(roots.length, 1, `roots of ${traceId}: ${names(roots)}`);
  }
}

/** No span of `scope` starts before its parent or ends after it. */
export function assertInsideParents(spans: readonly SpanFacts[], scope: string): void {
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  const outside = spans.filter((span) => {
    const parent = byId.get(span.parentSpanId);
    if (span.scope !== scope || parent === undefined) return false;
    return BigInt(span.start) < BigInt(parent.start) || BigInt(span.end) > BigInt(parent.end);
  });
  assert.deepEqual(names(outside), [], 'spans outside their parents');
}

/** Prometheus' cumulative buckets, count and sum of one histogram against its points as they were sent. */
export function assertSameHistogram(samples: readonly Sample[], metric: MetricFacts, name: string): void {
  const expected = metric.points.flatMap(({ attributes, histogram }) => {
    assert.ok(histogram, `${metric.name} is no histogram`);
    let cumulative = 0;
    const buckets = histogram.counts.map((count, index) => {
      cumulative += count;
      return line(`${name}_bucket`, attributes, cumulative, histogram.boundaries[index] ?? Infinity);
    });
    return [
      ...buckets,
      line(`${name}_count`, attributes, histogram.count),
      line(`${name}_sum`, attributes, histogram.sum),
    ];
  });
  assert.deepEqual(samples.map(sampleLine).sort(), expected.sort());
}

/** A gauge or sum in Prometheus against its points as they were sent. */
export function assertSameValues(samples: readonly Sample[], metric: MetricFacts, name: string): void {
  const expected = metric.points.map(({ attributes, value }) => line(name, attributes, value ?? Number.NaN));
  assert.deepEqual(samples.map(sampleLine).sort(), expected.sort());
}

/** Labels that Prometheus adds to every sample of an OTLP metric. */
const ADDED = /^(__name__|job|instance|otel_scope_.*)$/;

function sampleLine({ labels, value }: Sample): string {
  const { le, ...rest } = Object.fromEntries(Object.entries(labels).filter(([key]) => !ADDED.test(key)));
  return line(
    String(labels.__name__),
    rest,
    value,
    le === undefined ? undefined : Number(le.replace('+Inf', 'Infinity')),
  );
}

function line(
  name: string,
  attributes: Readonly<Record<string, unknown>>,
  value: number,
  le?: number,
): string {
  const labels = Object.entries(attributes).map(([key, text]) => `${key.replaceAll('.', '_')}=${text}`);
  return `${name}{${labels.sort()}}${le === undefined ? '' : ` le ${le}`} = ${value}`;
}

function byTrace(spans: readonly SpanFacts[]): Map<string, SpanFacts[]> {
  const traces = new Map<string, SpanFacts[]>();
  for (const span of spans) traces.set(span.traceId, [...(traces.get(span.traceId) ?? []), span]);
  return traces;
}

const names = (spans: readonly SpanFacts[]): string[] => spans.map(({ name, spanId }) => `${name} ${spanId}`);

function duplicates(values: readonly string[]): string[] {
  return values.filter((value, index) => values.indexOf(value) !== index);
}

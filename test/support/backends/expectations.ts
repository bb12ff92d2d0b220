import assert from 'node:assert/strict';
import { type LogFacts, type SpanFacts, sortedLogs, sortedSpans } from './facts.js';
import type { JaegerTrace } from './jaeger.js';

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

/** Less than this is no fact about the program but the rounding of a clock. */
const ROUNDING_NANOS = 1_000_000n;

/**
 * No span of `scope` is without width or sticks out of its parent by a clock's rounding. It may end after a parent that did not wait for
 * it, and it never starts before a parent of the same scope.
 */
export function assertInsideParents(spans: readonly SpanFacts[], scope: string): void {
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  const outside = spans.filter((span) => {
    const parent = byId.get(span.parentSpanId);
    if (span.scope !== scope) return false;
    if (BigInt(span.end) <= BigInt(span.start)) return true;
    if (parent === undefined) return false;
    const early = BigInt(parent.start) - BigInt(span.start);
    const late = BigInt(span.end) - BigInt(parent.end);
    if (early > 0n && (early < ROUNDING_NANOS || parent.scope === scope)) return true;
    return late > 0n && late < ROUNDING_NANOS;
  });
  assert.deepEqual(names(outside), [], 'spans outside their parents or without width');
}

/**
 * Jaeger has nothing to say about the trace, but for clock skew between spans that the application's SDK timed: its
 * spans stick out of each other by fractions of a millisecond, and a busy machine makes more of them.
 */
export function assertNoWarnings({ spans, warnings }: JaegerTrace, scope: string): void {
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  const ours = warnings.filter(({ span, message }) => {
    const between = [span.scope, byId.get(span.parentSpanId)?.scope];
    return !/clock skew adjustment disabled/.test(message) || between.every((one) => one === scope);
  });
  assert.deepEqual(
    ours.map(({ span, message }) => `${span.name}: ${message}`),
    [],
  );
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

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HrTime, Span } from '@opentelemetry/api';
import { NodeTracerProvider, type ReadableSpan } from '@opentelemetry/sdk-trace-node';
import { monotonic } from '../../../../src/base/clock.js';
import { type NewTask, TaskRegistry } from '../../../../src/tasks/registry.js';
import { hrTimeOfEpochMs } from '../../../../src/telemetry/spans/hr-time.js';
import { TraceScope } from '../../../../src/telemetry/spans/trace-scope.js';

function span(spanId: string, startTime: HrTime, more: object = {}): Span {
  const context = { traceId: 'a'.repeat(32), spanId: spanId.repeat(16), traceFlags: 1 };
  return { spanContext: () => context, startTime, ...more } as unknown as Span;
}

const scopeOf = (root: Span) => new TraceScope(root, monotonic, false, () => {});

test('a root that was noticed late, or was given a start, does not move the times of its trace', () => {
  for (const startedAgoMs of [0, 5, 20, 45, 10_000]) {
    const scope = scopeOf(span('1', hrTimeOfEpochMs(Date.now() - startedAgoMs)));
    // The wall's milliseconds are whole: our times may be off by one, and by one more for reading them here.
    let closest = Infinity;
    for (let attempt = 0; attempt < 20; attempt++) {
      closest = Math.min(closest, Math.abs(scope.anchor.toMs(hrTimeOfEpochMs(Date.now())) - monotonic()));
    }
    assert.ok(closest < 2, `${startedAgoMs} ms ago: off by ${closest} ms`);
  }
});

test('a root of the SDK lends its times to its trace, however late it is noticed', () => {
  const tracer = new NodeTracerProvider().getTracer('app');
  const offBy = Array.from({ length: 20 }, () => {
    const root = tracer.startSpan('root');
    const untilMs = monotonic() + 1.2;
    while (monotonic() < untilMs);
    const scope = scopeOf(root);
    root.end();
    return monotonic() - scope.anchor.toMs((root as unknown as ReadableSpan).endTime);
  });
  assert.ok(Math.min(...offBy) >= 0 && Math.min(...offBy) < 0.1, `off by ${offBy} ms`);
});

test("an application's span is known by the start it reports", () => {
  const scope = scopeOf(span('1', hrTimeOfEpochMs(Date.now())));
  const start = hrTimeOfEpochMs(Date.now() - 30);
  scope.spanStarted(span('2', start));
  assert.deepEqual(scope.anchor.toHrTime(scope.timesOf('2'.repeat(16))?.startMs ?? 0), start);
});

test('what is not kept is counted: tasks of libraries, and those without a record', () => {
  const scope = scopeOf(span('1', hrTimeOfEpochMs(Date.now())));
  const place = { scope, spanId: '' };
  const registry = new TaskRegistry();
  const facts: NewTask = { kind: 'promise', type: 'PROMISE', name: 'f', ownership: 'user' };
  registry.create(place, facts);
  assert.deepEqual([scope.tasks.length, scope.unseen], [1, 0]);
  registry.create(place, { ...facts, ownership: 'internal' });
  registry.createUnseen(place);
  registry.refused(scope);
  assert.deepEqual([scope.tasks.length, scope.unseen], [1, 3]);
});

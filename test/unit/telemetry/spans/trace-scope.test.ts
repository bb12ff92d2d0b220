import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HrTime, Span } from '@opentelemetry/api';
import { monotonic } from '../../../../src/base/clock.js';
import { hrTimeOfEpochMs } from '../../../../src/telemetry/spans/hr-time.js';
import { TraceScope } from '../../../../src/telemetry/spans/trace-scope.js';

function span(spanId: string, startTime: HrTime): Span {
  const context = { traceId: 'a'.repeat(32), spanId: spanId.repeat(16), traceFlags: 1 };
  return { spanContext: () => context, startTime } as unknown as Span;
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

test("an application's span is known by the start it reports", () => {
  const scope = scopeOf(span('1', hrTimeOfEpochMs(Date.now())));
  const start = hrTimeOfEpochMs(Date.now() - 30);
  scope.spanStarted(span('2', start));
  assert.deepEqual(scope.anchor.toHrTime(scope.timesOf('2'.repeat(16))?.startMs ?? 0), start);
});

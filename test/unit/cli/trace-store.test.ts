import assert from 'node:assert/strict';
import test from 'node:test';
import { type ViewSpan, viewSpan } from '../../../src/cli/view/span.js';
import { TRACE_TIMES, TraceStore } from '../../../src/cli/view/trace-store.js';
import type { TraceView } from '../../../src/cli/view/waterfall.js';
import { span } from '../../support/view-spans.js';

function store() {
  const shown: TraceView[] = [];
  const time = { now: 0 };
  const traces = new TraceStore(
    () => time.now,
    (trace) => shown.push(trace),
  );
  const wait = (ms: number) => {
    time.now += ms;
    traces.tick();
  };
  return { traces, shown, wait };
}

const view = (id: number, parent: number, more = {}) =>
  viewSpan(span(id, parent, `s${id}`, 0, 10, more), 'shop') as ViewSpan;

test('a trace is shown when its root is there, nothing is missing and it is quiet', () => {
  const { traces, shown, wait } = store();
  traces.add(view(2, 1));
  wait(TRACE_TIMES.quietMs);
  assert.equal(shown.length, 0);
  traces.add(view(1, 0));
  wait(TRACE_TIMES.quietMs - 1);
  assert.equal(shown.length, 0);
  wait(1);
  assert.deepEqual(
    shown.map((trace) => trace.spans.length),
    [2],
  );
  wait(60_000);
  assert.equal(shown.length, 1);
});

test('a trace whose root never comes is shown when its sender has had the time', () => {
  const { traces, shown, wait } = store();
  traces.add(view(2, 1));
  wait(TRACE_TIMES.giveUpMs - 1);
  assert.equal(shown.length, 0);
  wait(1);
  assert.equal(shown.length, 1);
});

test('what comes after a trace was shown is shown as a later part of it', () => {
  const { traces, shown, wait } = store();
  traces.add(view(1, 0));
  wait(TRACE_TIMES.quietMs);
  traces.add(view(2, 1));
  wait(TRACE_TIMES.quietMs);
  assert.deepEqual(
    shown.map((trace) => trace.laterOf),
    [undefined, 's1'],
  );
});

test('a trace that never falls quiet is shown in parts', () => {
  const { traces, shown, wait } = store();
  for (let id = 1; id <= 100; id++) {
    traces.add(view(id, id - 1));
    wait(500);
  }
  assert.equal(shown.length, 1);
  assert.equal(shown[0]?.spans.length, TRACE_TIMES.oldestMs / 500);
});

test('memory is bounded: traces, spans of a trace, spans of all', () => {
  const { traces, shown } = store();
  for (let id = 1; id <= 6_000; id++) traces.add(view(id, 999_999));
  assert.equal(shown.length, 0);
  for (let trace = 1; trace <= 700; trace++) {
    const traceId = trace.toString(16).padStart(32, '0');
    for (let id = 1; id <= 100; id++) traces.add(view(id, 999_999, { traceId }));
  }
  const shownSpans = shown.reduce((sum, trace) => sum + trace.spans.length, 0);
  const all = 5_000 + 70_000;
  assert.ok(all - shownSpans <= 50_000, `${all - shownSpans} are held`);
  assert.equal(shown[0]?.dropped, 1_000);
  traces.drain();
  assert.equal(
    shown.reduce((sum, trace) => sum + trace.spans.length, 0),
    all,
  );
});

import assert from 'node:assert/strict';
import test from 'node:test';
import type { FlightEvent, Recording } from '../../../../src/tasks/recorder/flight-reader.js';
import { releasedLabels } from '../../../../src/telemetry/recorder/task-labels.js';
import { type TimelineSpan, timelineOf } from '../../../../src/telemetry/recorder/timeline.js';
import { timelineToOtlp } from '../../../../src/telemetry/recorder/timeline-otlp.js';

const LABELS = ['another task', 'order', 'payment', 'PaymentError'].map((name) => ({
  name,
  kind: 'async_function',
  type: 'PROMISE',
}));

function recordingOf(events: FlightEvent[], running: Recording['running'] = []): Recording {
  return { fromMs: 0, untilMs: 1_000, events, running, labels: LABELS };
}
const timeline = (recording: Recording, redact?: Parameters<typeof releasedLabels>[1]) =>
  timelineOf(recording, 'request', releasedLabels(recording.labels, redact));

/** `name start-end`, children indented. */
function outline(span: TimelineSpan, depth = 0): string[] {
  const line = `${'  '.repeat(depth)}${span.name} ${span.startMs}-${span.endMs}`;
  return [line, ...span.children.flatMap((child) => outline(child, depth + 1))];
}

const STORY: FlightEvent[] = [
  { what: 'created', atMs: 100, task: 1, label: 1, parent: 0 },
  { what: 'created', atMs: 110, task: 2, label: 2, parent: 1 },
  { what: 'ran', atMs: 120, task: 1, label: 1, ms: 20 },
  { what: 'ran', atMs: 400, task: 2, label: 2, ms: 50 },
  { what: 'ended', atMs: 410, task: 2, label: 2, outcome: 'rejected' },
  { what: 'failed', atMs: 411, task: 2, label: 2, error: 3 },
  { what: 'created', atMs: 500, task: 3, label: 1, parent: 0 },
];

test('tasks are spans from creation to end, runs lie below them', () => {
  const whole = timeline(recordingOf(STORY, [{ task: 1, label: 1, parent: 0, fromMs: 900 }]));
  assert.deepEqual(outline(whole), [
    'async.recording 100-1000',
    '  order 100-1000',
    '    run 100-120',
    '    running 900-1000',
    '  payment 110-410',
    '    run 350-400',
  ]);
  const [order, payment] = whole.children;
  assert.equal(order?.attributes['async.task.outcome'], 'pending');
  assert.equal(order?.attributes['async.task.busy_time'], 0.12);
  assert.equal(payment?.attributes['async.task.outcome'], 'rejected');
  assert.deepEqual(payment?.events, [
    { name: 'exception', atMs: 411, attributes: { 'exception.type': 'PaymentError' } },
  ]);
  // one that did nothing is no part of the story
  assert.equal(whole.attributes['async.recording.tasks_left_out'], 1);
});

test('it is bounded, and the last at work stay', () => {
  const events = Array.from(
    { length: 5_000 },
    (_, at): FlightEvent => ({ what: 'ran', atMs: at / 10, task: at % 500, label: 1, ms: 0.05 }),
  );
  const whole = timeline(recordingOf(events));
  assert.equal(whole.children.length, 40);
  assert.ok(whole.children.every(({ children }) => children.length <= 5));
  assert.ok(whole.children.some(({ attributes }) => attributes['async.task.id'] === 499));
});

test('the application’s own tasks are told, of others what runs or failed; all where none is its own', () => {
  const ran = (task: number, label: number): FlightEvent => ({
    what: 'ran',
    atMs: 100 + task,
    task,
    label,
    ms: 1,
  });
  const events: FlightEvent[] = [
    ...Array.from({ length: 50 }, (_, at) => ran(at + 10, 1)),
    ran(1, 2),
    { what: 'failed', atMs: 300, task: 2, label: 1, error: 3 },
  ];
  const recording = recordingOf(events, [{ task: 3, label: 1, parent: 0, fromMs: 900 }]);
  const tasksOf = (labels: Recording['labels']) =>
    timelineOf({ ...recording, labels }, 'crash', releasedLabels(labels, undefined)).children.map(
      ({ attributes }) => attributes['async.task.id'],
    );
  const own = LABELS.map((label) => ({ ...label, own: label.name === 'payment' }));
  assert.deepEqual(tasksOf(own), [1, 2, 3]);
  assert.equal(tasksOf(LABELS).length, 40);
});

test('an empty recording is a span all the same', () => {
  const [span] = timelineToOtlp(timeline(recordingOf([])), undefined);
  assert.equal(span?.name, 'async.recording');
  assert.ok(Number(span?.endTimeUnixNano) > Number(span?.startTimeUnixNano));
});

test('on the wire: one trace, whole, below the span of the finding where that is recorded', () => {
  const parent = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 1 };
  const spans = timelineToOtlp(timeline(recordingOf(STORY)), parent);
  const ids = new Set(spans.map(({ spanId }) => spanId));
  assert.equal(ids.size, spans.length);
  assert.equal(spans[0]?.parentSpanId, parent.spanId);
  for (const { traceId, parentSpanId } of spans) {
    assert.equal(traceId, parent.traceId);
    assert.ok(parentSpanId === parent.spanId || ids.has(parentSpanId ?? ''));
  }
  const alone = timelineToOtlp(timeline(recordingOf(STORY)), { ...parent, traceFlags: 0 });
  assert.notEqual(alone[0]?.traceId, parent.traceId);
  assert.equal(alone[0]?.parentSpanId, undefined);
});

test('redact sees every name, can change it and can withhold it', () => {
  const seen: string[] = [];
  const whole = timeline(recordingOf(STORY), (record) => {
    seen.push(record.body);
    if (record.body === 'payment') return null;
    return { ...record, attributes: { ...record.attributes, 'async.recording.name': 'a task' } };
  });
  assert.deepEqual(
    whole.children.map(({ name }) => name),
    ['a task', 'withheld'],
  );
  assert.deepEqual(seen.sort(), ['PaymentError', 'order', 'payment']);
});

test('the task that it is about is there, however many were at work since', () => {
  const events: FlightEvent[] = [];
  for (let task = 1; task <= 100; task++) {
    events.push({ what: 'ran', atMs: task * 10, task, label: 1, ms: 1 });
  }
  const tasks = (about?: number) =>
    timelineOf(recordingOf(events), 'stuck_task', releasedLabels(LABELS, undefined), about).children.map(
      ({ attributes }) => attributes['async.task.id'],
    );
  assert.equal(tasks().includes(1), false);
  assert.ok(tasks(1).includes(1));
  assert.equal(tasks(1).length, tasks().length);
});

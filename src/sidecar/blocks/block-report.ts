import { randomBytes } from 'node:crypto';
import type { Metric, Span } from '../../otlp/messages.js';
import { toKeyValues, toNanos } from '../../otlp/values.js';
import { ATTR, type BlockCause, EVENT, METRIC, SPAN } from '../../semconv.js';
import { describeSketch } from '../../tasks/description.js';
import type { Site } from '../../tasks/sites/site-table.js';
import { definitionOf, locationOf } from '../../tasks/sites/source-maps.js';
import type { CodeLocation, EventRecord } from '../../types.js';
import type { PlainAttributes } from '../protocol.js';
import type { Block } from './block.js';
import type { Verdict } from './verdict.js';

export type BlockPhase = 'ongoing' | 'ended';

const STACK_FRAMES = 40;

const SENTENCES: Record<BlockCause, string> = {
  javascript: 'by',
  sync_io: 'by synchronous I/O in',
  gc: 'by garbage collection, inside',
  native: 'by a native call inside',
  many_short_runs: 'by several runs',
  suspended: 'because the process was suspended',
  cpu_starved: 'because the process was given too little processor time',
};

/** The same where nobody could be asked. */
const NOBODY_KNOWN: Record<Exclude<BlockCause, 'many_short_runs' | 'suspended' | 'cpu_starved'>, string> = {
  javascript: '(by whom is not known: it could not be asked)',
  sync_io: 'by synchronous I/O; its caller is not known',
  gc: 'by garbage collection; what it was needed for is not known',
  native: 'by a native call; its caller is not known',
};

/** What is told of a block: plain data, everything that may be redacted in it. */
export function describeBlock(
  id: string,
  block: Block,
  verdict: Verdict,
  phase: BlockPhase,
  epochNow: number,
): EventRecord {
  const seconds = block.circumstances.durationMs / 1_000;
  const place = verdict.culprit && placeOf(verdict.culprit, verdict.inside);
  const attributes: EventRecord['attributes'] = {
    ...essentials(id, block, verdict, phase),
    ...(place && {
      [ATTR.CODE_FILE_PATH]: place.file,
      [ATTR.CODE_LINE_NUMBER]: place.line,
      [ATTR.CODE_COLUMN_NUMBER]: place.column,
      ...(place.functionName && { [ATTR.CODE_FUNCTION_NAME]: place.functionName }),
    }),
  };
  if (verdict.stack.length > 0) attributes[ATTR.CODE_STACKTRACE] = stackText(verdict.stack);
  if (verdict.shares.length > 0) attributes[ATTR.BLOCK_SITES] = verdict.shares.map(shareText);
  const call = verdict.cause === 'sync_io' ? block.circumstances.syncCall : undefined;
  if (call !== undefined) attributes[ATTR.SYNC_IO_CALL] = call;
  const sketch = verdict.shown?.capture.task;
  if (sketch !== undefined) {
    const task = describeSketch(sketch);
    attributes[ATTR.TASK_ID] = task.id;
    attributes[ATTR.TASK_KIND] = task.kind;
    attributes[ATTR.TASK_TYPE] = task.type;
    attributes[ATTR.TASK_CHAIN] = task.chain;
    if (task.site) attributes[ATTR.TASK_SITE] = `${task.site.file}:${task.site.line}:${task.site.column}`;
  }
  const where = place ? ` ${place.functionName ?? '(anonymous)'} (${place.file}:${place.line})` : '';
  return {
    eventName: EVENT.EVENT_LOOP_BLOCKED,
    body: `${opening(phase, seconds)} ${reason(verdict, where, call)}${block.startup ? ', while it was starting' : ''}.`,
    severity: block.startup || verdict.cause === 'suspended' ? 'INFO' : 'WARN',
    timeMs: epochNow,
    attributes,
    trace: verdict.shown?.capture.trace,
  };
}

/** The same without anything a `redact` function would want to see. */
export function withheld(record: EventRecord): EventRecord {
  const { attributes } = record;
  const kept = [ATTR.BLOCK_ID, ATTR.BLOCK_PHASE, ATTR.BLOCK_CAUSE, ATTR.BLOCK_DURATION, ATTR.BLOCK_STARTUP];
  const names: string[] = [...kept, ATTR.THREAD_ID, ATTR.FINDING_CERTAINTY];
  return {
    ...record,
    body: `The event loop is blocked (${attributes[ATTR.BLOCK_CAUSE]}). The place is told when \`redact\` can be asked.`,
    attributes: Object.fromEntries(Object.entries(attributes).filter(([name]) => names.includes(name))),
  };
}

function essentials(id: string, block: Block, verdict: Verdict, phase: BlockPhase): PlainAttributes {
  return {
    [ATTR.BLOCK_ID]: id,
    [ATTR.BLOCK_PHASE]: phase,
    [ATTR.BLOCK_CAUSE]: verdict.cause,
    [ATTR.BLOCK_DURATION]: block.circumstances.durationMs / 1_000,
    [ATTR.FINDING_CERTAINTY]: verdict.certainty,
    [ATTR.THREAD_ID]: block.threadId,
    ...(block.startup && { [ATTR.BLOCK_STARTUP]: true }),
  };
}

function opening(phase: BlockPhase, seconds: number): string {
  const length = seconds >= 10 ? seconds.toFixed(0) : seconds.toFixed(2);
  return phase === 'ended'
    ? `The event loop was blocked for ${length} s`
    : `The event loop has been blocked for ${length} s`;
}

function reason(verdict: Verdict, where: string, call: string | undefined): string {
  if (call !== undefined)
    return where === '' ? `by ${call}; its caller is not known` : `by ${call} in${where}`;
  const sentence = SENTENCES[verdict.cause];
  if (verdict.cause === 'many_short_runs') {
    return verdict.shares.length > 0 ? `${sentence}, most often ${shareText(verdict.shares[0]!)}` : sentence;
  }
  if (verdict.cause === 'suspended') return sentence;
  if (verdict.cause === 'cpu_starved') return where === '' ? sentence : `${sentence}, in${where}`;
  if (where !== '') return sentence + where;
  return NOBODY_KNOWN[verdict.cause];
}

function placeOf(site: Site, inside: boolean): CodeLocation | undefined {
  // which of its lines made the native call is not known: name the function where it begins
  return inside ? (definitionOf(site) ?? locationOf(site)) : locationOf(site);
}

function shareText([site, share]: readonly [Site, number]): string {
  return `${frameText(site)}: ${Math.round(share * 100)} %`;
}

function stackText(stack: readonly Site[]): string {
  return stack
    .slice(0, STACK_FRAMES)
    .map((site) => `    at ${frameText(site)}`)
    .join('\n');
}

function frameText(site: Site): string {
  const place = locationOf(site);
  const name = place?.functionName ?? site.functionName ?? '<anonymous>';
  return place ? `${name} (${place.file}:${place.line}:${place.column})` : `${name} (native)`;
}

const SAMPLED = 1;
const KIND_INTERNAL = 1;

/** For backends that have traces alone: below the span that was active, else a trace of its own. */
export function toSpan(record: EventRecord, startMs: number, endMs: number): Span {
  const parent = record.trace && (record.trace.traceFlags & SAMPLED) !== 0 ? record.trace : undefined;
  return {
    traceId: parent?.traceId ?? randomBytes(16).toString('hex'),
    spanId: randomBytes(8).toString('hex'),
    parentSpanId: parent?.spanId,
    flags: SAMPLED,
    name: SPAN.EVENT_LOOP_BLOCKED,
    kind: KIND_INTERNAL,
    startTimeUnixNano: toNanos(startMs),
    endTimeUnixNano: toNanos(Math.max(startMs, endMs)),
    attributes: toKeyValues({ ...record.attributes, [ATTR.EVENT_NAME]: record.eventName }),
    events: [{ name: record.eventName, timeUnixNano: toNanos(record.timeMs), attributes: [] }],
  };
}

/** The gauge that an alert on a loop that never returns watches. */
export function currentGauge(threadId: number, seconds: number, epochNow: number): Metric {
  return {
    name: METRIC.EVENT_LOOP_BLOCKED_CURRENT,
    unit: 's',
    description: 'How long the event loop has been blocked by now, 0 when it is free again.',
    gauge: {
      dataPoints: [
        {
          timeUnixNano: toNanos(epochNow),
          asDouble: seconds,
          attributes: toKeyValues({ [ATTR.THREAD_ID]: threadId }),
        },
      ],
    },
  };
}

/** Spans as the task-span feature makes them, for the renderer's tests. Times are milliseconds in the trace. */
import type { Span } from '../../src/otlp/messages.js';
import { toKeyValues, type Value } from '../../src/otlp/values.js';
import { ATTR } from '../../src/semconv.js';

export const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';
/** 2023-11-14T22:13:20.123Z */
const BASE = 1_700_000_000_123_000_000n;

export function span(
  id: number,
  parent: number,
  name: string,
  from: number,
  to: number,
  extra: Partial<Span> = {},
): Span {
  return {
    traceId: TRACE_ID,
    spanId: idOf(id),
    parentSpanId: parent === 0 ? '' : idOf(parent),
    name,
    kind: 1,
    startTimeUnixNano: at(from),
    endTimeUnixNano: at(to),
    ...extra,
  };
}

/** `busy` is a share of the task's length. */
export function task(
  id: number,
  parent: number,
  name: string,
  from: number,
  to: number,
  site: string,
  busy: number,
  more: Record<string, Value> = {},
  extra: Partial<Span> = {},
): Span {
  const [file, line] = site.split(':');
  const seconds = (to - from) / 1000;
  return span(id, parent, name, from, to, {
    attributes: toKeyValues({
      [ATTR.TASK_ID]: id,
      [ATTR.TASK_KIND]: 'async_function',
      [ATTR.TASK_TYPE]: 'PROMISE',
      [ATTR.TASK_OUTCOME]: 'fulfilled',
      [ATTR.TASK_BUSY_TIME]: seconds * busy,
      [ATTR.TASK_IDLE_TIME]: seconds * (1 - busy),
      [ATTR.CODE_FILE_PATH]: `/srv/shop/${file}`,
      [ATTR.CODE_LINE_NUMBER]: Number(line),
      ...more,
    }),
    ...extra,
  });
}

export function failure(type: string, message: string): Partial<Span> {
  return {
    status: { code: 2, message },
    events: [
      {
        name: 'exception',
        timeUnixNano: at(0),
        attributes: toKeyValues({ 'exception.type': type, 'exception.message': message }),
      },
    ],
  };
}

export function at(ms: number): bigint {
  return BASE + BigInt(Math.round(ms * 1e6));
}

export function idOf(id: number): string {
  return id.toString(16).padStart(16, '0');
}

/** A request of the kind the example makes: a router, two queries, one call out, one `Promise.all`. */
export function checkout(): Span[] {
  return [
    span(1, 0, 'POST /orders', 0, 182, {
      kind: 2,
      attributes: toKeyValues({ 'url.path': '/orders', 'server.address': '127.0.0.1', 'server.port': 8080 }),
    }),
    task(2, 1, 'placeOrder', 1.5, 181, 'src/routes/orders.ts:24', 0.06),
    task(3, 2, 'findCustomer', 2, 31, 'src/orders.ts:18', 0.12),
    task(4, 3, 'query', 2.5, 30, 'src/database.ts:31', 0.9),
    task(5, 2, 'reserveStock', 32, 95, 'src/orders.ts:21', 0.05),
    ...Array.from({ length: 12 }, (_, index) =>
      task(10 + index, 5, 'reserveItem', 33 + index * 4, 60 + index * 3, 'src/stock.ts:40', 0.2),
    ),
    task(6, 2, 'Promise.all', 96, 170, 'src/orders.ts:27', 0),
    task(7, 6, 'chargeCard', 96.2, 169, 'src/orders.ts:28', 0.02),
    span(8, 7, 'POST', 97, 167, {
      kind: 3,
      attributes: toKeyValues({
        'url.full': 'http://payments.local:9000/charge',
        'server.address': 'payments.local',
        'server.port': 9000,
      }),
    }),
    task(
      9,
      6,
      'sendReceipt',
      96.3,
      140,
      'src/orders.ts:29',
      0.01,
      { [ATTR.TASK_OUTCOME]: 'rejected' },
      failure('MailError', 'mailbox is full'),
    ),
    task(30, 2, 'setTimeout', 171, 180, 'src/orders.ts:33', 0, {
      [ATTR.TASK_OUTCOME]: 'pending',
      [ATTR.TASK_KIND]: 'timer',
    }),
  ];
}

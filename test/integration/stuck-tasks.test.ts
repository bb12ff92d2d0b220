/** Tasks that wait in a trace where nothing happens: options, and what the trace says in the end. */
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { context, type HrTime, trace } from '@opentelemetry/api';
import { type LogKit, startLogKit } from '../support/log-kit.js';
import { startKit, type TraceKit } from '../support/trace-kit.js';

const STUCK = 'async.task.stuck';
const toMs = ([seconds, nanos]: HrTime) => seconds * 1e3 + nanos / 1e6;

let kit: TraceKit;
let records: LogKit;
before(() => {
  records = startLogKit();
  kit = startKit({ stuckTaskMs: 0 });
});
after(async () => {
  await kit.stop();
  await records.stop();
});

const configure = (stuckTaskMs: number) =>
  kit.instrumentation.setConfig({ ...kit.instrumentation.getConfig(), stuckTaskMs });

async function chargeCard(reply: Promise<void>): Promise<void> {
  await reply.then(() => {});
}

test('is off with 0, and can be switched on in the midst of a trace that hangs', async () => {
  const began = performance.now();
  const root = trace.getTracer('test').startSpan('root');
  let answer = () => {};
  let order: Promise<void> | undefined;
  context.with(trace.setSpan(context.active(), root), () => {
    const reply = new Promise<void>((resolve) => {
      answer = resolve;
    });
    order = chargeCard(reply);
  });
  await new Promise((resolve) => setTimeout(resolve, 2_500));
  assert.deepEqual(records.named(STUCK), []);
  configure(1_000);
  const [record] = await records.until(STUCK, 1);
  const [, quiet] =
    /^chargeCard may be stuck: nothing has happened in its trace for (\d+) s; /.exec(String(record?.body)) ??
    [];
  // a busy machine looks later
  assert.ok(Number(quiet) >= 1 && Number(quiet) <= (performance.now() - began) / 1_000, String(record?.body));
  assert.equal(record?.spanContext?.traceId, root.spanContext().traceId);
  answer();
  await order;
  root.end();
  await new Promise((resolve) => setImmediate(resolve));
  const span = kit.spans().find(({ name }) => name === 'chargeCard');
  assert.ok(span);
  assert.equal(span.attributes['async.task.outcome'], 'fulfilled', 'it came back after all');
  assert.ok(Number(span.attributes['async.stuck.duration']) >= 1);
  const found = span.events.find(({ name }) => name === STUCK);
  assert.ok(found && toMs(found.time) < toMs(span.endTime));
});

/**
 * A fastify service under OpenTelemetry's SDK and HTTP instrumentation, some 25 promises and 5 ms of waiting a
 * request. Prints its port, then on SIGTERM what it exported.
 */
import type { AddressInfo } from 'node:net';
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import {
  BatchSpanProcessor,
  NodeTracerProvider,
  ParentBasedSampler,
  type ReadableSpan,
  type SpanExporter,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace-node';

const ratio = Number(
  (process.argv.find((argument) => argument.startsWith('--ratio=')) ?? '--ratio=1').slice(8),
);
let spans = 0;
let taskSpans = 0;
const exporter: SpanExporter = {
  export(batch: ReadableSpan[], done) {
    spans += batch.length;
    for (const span of batch) if ('async.task.id' in span.attributes) taskSpans++;
    done({ code: 0 });
  },
  shutdown: async () => {},
};
new NodeTracerProvider({
  sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(ratio) }),
  spanProcessors: [new BatchSpanProcessor(exporter)],
}).register();
registerInstrumentations({ instrumentations: [new HttpInstrumentation()] });
const { applyMode } = await import('../mode.js');
applyMode();
const { fastify } = await import('fastify');

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

async function row(id: number): Promise<{ id: number }> {
  await null;
  return { id };
}
async function query(ids: number[]): Promise<{ id: number }[]> {
  await sleep(5);
  return Promise.all(ids.map(row));
}
async function authorize(): Promise<boolean> {
  await null;
  return true;
}

let requests = 0;
const app = fastify();
app.get('/', async () => {
  requests++;
  await authorize();
  const rows = await query([1, 2, 3]);
  return { rows };
});
await app.listen({ port: 0, host: '127.0.0.1' });
console.log(JSON.stringify({ port: (app.server.address() as AddressInfo).port }));
process.once('SIGTERM', () => {
  console.log(JSON.stringify({ requests, spans, taskSpans, cpu: process.cpuUsage() }));
  process.exit(0);
});

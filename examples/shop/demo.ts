/**
 * `npm start`: runs the shop under the instrumentation, sends it a little traffic, and shows what came out of it.
 * `npm start -- --serve` stays, and shows whatever you do with the shop.
 */
import { parseArgs } from 'node:util';
import { openShop } from './processes.js';
import { Stage } from './stage.js';
import { visits } from './visits.js';

const { values } = parseArgs({ options: { serve: { type: 'boolean', default: false } } });
const stage = await Stage.open();
stage.say(
  'Opening the shop: fastify, an embedded Postgres, fetch, a child process. It takes some seconds, not shown.',
);
const shop = await openShop(new URL('./tracing.js', import.meta.url), {
  PORT: values.serve ? '8080' : '0',
  OTEL_SERVICE_NAME: 'shop',
  OTEL_EXPORTER_OTLP_ENDPOINT: stage.url,
  // both of OTLP's encodings, to show both
  OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
  OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: 'http/json',
  OTEL_EXPORTER_OTLP_LOGS_PROTOCOL: 'http/json',
  OTEL_METRICS_EXPORTER: 'otlp',
  OTEL_METRIC_EXPORT_INTERVAL: '500',
  OTEL_METRIC_EXPORT_TIMEOUT: '500',
  OTEL_LOGS_EXPORTER: 'otlp',
  OTEL_BSP_SCHEDULE_DELAY: '200',
  OTEL_BLRP_SCHEDULE_DELAY: '200',
  // each of these few requests is to be seen in full, however busy the machine is
  OTEL_NODE_ASYNC_OVERHEAD_BUDGET: '1',
});

try {
  if (values.serve) await serve();
  else await perform();
} finally {
  await shop.close();
  await stage.close();
}

async function perform(): Promise<void> {
  stage.act('1. A product page asks the database twice and a supplier once, who is busy at first');
  await visits.page(shop.address);
  await stage.traceOf('GET /products/:id');

  stage.act('2. An order: database, then a payment and a receipt at the same time');
  await visits.order(shop.address);
  await stage.traceOf('POST /orders');

  stage.act('3. A report that sorts in JavaScript: nothing else runs meanwhile, and the lag shows it');
  await stage.forgetLag();
  await visits.report(shop.address);
  await stage.traceOf('GET /report');
  await stage.lag();

  stage.act('4. A mail that nobody waits for fails: the rejection is found in the trace it belongs to');
  await visits.newsletter(shop.address);
  await stage.exception('MailError');
  await stage.traceOf('POST /newsletter');

  stage.say('The same in Jaeger: see examples/jaeger/README.md. To go on by yourself: npm start -- --serve');
}

async function serve(): Promise<void> {
  const { address } = shop;
  await stage.forgetLag();
  stage.act(`Try, in another terminal (Ctrl-C ends):
  curl ${address}/products/7
  curl ${address}/orders -H 'content-type: application/json' -d '{"product":7,"quantity":2}'
  curl ${address}/report
  curl ${address}/newsletter -H 'content-type: application/json' -d '{"address":"nobody"}'`);
  stage.follow();
  await new Promise<void>((resolve) => {
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
  });
}

/**
 * `npm start`: runs the shop under the instrumentation, sends it a little traffic, and shows what came out of it.
 * `npm start -- --serve` stays, and shows whatever you do with the shop.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Stage } from './stage.js';

const { values } = parseArgs({ options: { serve: { type: 'boolean', default: false } } });
const stage = await Stage.open();
const children: ChildProcess[] = [];

try {
  stage.say('Opening the shop: fastify, an embedded Postgres, fetch, a child process ...');
  const suppliers = start('suppliers-server.js', {});
  const [suppliersUrl] = await once(suppliers, 'message');
  const shop = start(
    'server.js',
    {
      PORT: values.serve ? '8080' : '0',
      SUPPLIERS_URL: String(suppliersUrl),
      OTEL_SERVICE_NAME: 'shop',
      OTEL_EXPORTER_OTLP_ENDPOINT: stage.url,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
      OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: 'http/json',
      OTEL_EXPORTER_OTLP_LOGS_PROTOCOL: 'http/json',
      OTEL_METRICS_EXPORTER: 'otlp',
      OTEL_METRIC_EXPORT_INTERVAL: '500',
      OTEL_METRIC_EXPORT_TIMEOUT: '500',
      OTEL_LOGS_EXPORTER: 'otlp',
      OTEL_BSP_SCHEDULE_DELAY: '200',
      OTEL_BLRP_SCHEDULE_DELAY: '200',
    },
    ['--import', new URL('./tracing.js', import.meta.url).href],
  );
  const address = await opened(shop);
  if (values.serve) await serve(address);
  else await perform(address);
} finally {
  for (const child of children) child.kill();
  await Promise.all(children.map((child) => child.exitCode ?? child.signalCode ?? once(child, 'exit')));
  await stage.close();
}

async function perform(address: string): Promise<void> {
  stage.say('1. A product page asks the database twice and a supplier once, who is busy at first');
  await fetch(`${address}/products/7`);
  await stage.traceOf('GET /products/:id');

  stage.say('2. An order: database, then a payment and a receipt at the same time');
  await send(`${address}/orders`, { product: 7, quantity: 2 });
  await stage.traceOf('POST /orders');

  stage.say('3. A report that sorts in JavaScript: nothing else runs meanwhile, and the lag shows it');
  await stage.forgetLag();
  await fetch(`${address}/report`);
  await stage.traceOf('GET /report');
  await stage.lag();

  stage.say('4. A mail that nobody waits for fails: the rejection is found in the trace it belongs to');
  await send(`${address}/newsletter`, { address: 'nobody' });
  await stage.exception('MailError');
  await stage.traceOf('POST /newsletter');

  stage.say('The same in Jaeger: see examples/jaeger/README.md. To go on by yourself: npm start -- --serve');
}

async function serve(address: string): Promise<void> {
  stage.say(`Try, in another terminal (Ctrl-C ends):
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

function start(file: string, env: Record<string, string>, execArgv: string[] = []): ChildProcess {
  const path = fileURLToPath(new URL(`./${file}`, import.meta.url));
  const child = fork(path, {
    execArgv,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  children.push(child);
  return child;
}

async function opened(shop: ChildProcess): Promise<string> {
  for await (const text of shop.stdout ?? []) {
    const address = /http:\/\/\S+/.exec(String(text))?.[0];
    if (address !== undefined) return address;
  }
  throw new Error('the shop did not open');
}

async function send(url: string, body: object): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
}

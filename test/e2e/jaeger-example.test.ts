import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { startReceiver } from '../../src/cli/receiver/receiver.js';
import { type ViewSpan, viewSpan } from '../../src/cli/view/span.js';
import type { Span } from '../../src/otlp/messages.js';
import { fromKeyValues } from '../../src/otlp/values.js';
import { endGroup } from '../support/process-group.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const run = 'build/examples/jaeger/run.js';

async function execute(endpoint: string) {
  const env = { ...process.env, OTEL_EXPORTER_OTLP_ENDPOINT: endpoint };
  const child = spawn(process.execPath, [run], { cwd: root, env, detached: true });
  const said = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text) => {
    said.out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    said.err += text;
  });
  try {
    const [code] = await once(child, 'close', { signal: AbortSignal.timeout(180_000) });
    return { code, ...said };
  } finally {
    endGroup(child);
  }
}

test('tracing.ts sends the shop’s requests, each a tree of task spans, as JSON', async () => {
  const spans: Span[] = [];
  const services = new Set<unknown>();
  const receiver = await startReceiver({
    host: '127.0.0.1',
    port: 0,
    warn: assert.fail,
    sink: {
      traces: ({ resourceSpans }) => {
        for (const { resource, scopeSpans } of resourceSpans ?? []) {
          services.add(fromKeyValues(resource?.attributes).get('service.name'));
          for (const scope of scopeSpans ?? []) spans.push(...(scope.spans ?? []));
        }
        return undefined;
      },
      metrics: () => assert.fail('nobody asked for metrics'),
      logs: () => assert.fail('nobody asked for logs'),
    },
  });
  const { code, out, err } = await execute(receiver.url);
  await receiver.close();
  assert.equal(code, 0, err);
  assert.match(out, /open http:\/\/127\.0\.0\.1:16686, service "shop"/);
  assert.deepEqual([...services], ['shop']);

  const views = spans.map((span) => viewSpan(span, 'shop') as ViewSpan);
  const byId = new Map(views.map((view) => [view.spanId, view]));
  assert.equal(byId.size, views.length, 'no id twice');
  for (const view of views) assert.ok(view.parentId === undefined || byId.has(view.parentId), view.name);
  const path = (view: ViewSpan): string => {
    const parent = view.parentId === undefined ? undefined : byId.get(view.parentId);
    return parent === undefined ? view.name : `${path(parent)} > ${view.name}`;
  };
  const paths = views.map(path);
  for (const expected of [
    'GET /products/:id > showProduct > findProduct > query',
    'GET /products/:id > showProduct > deliveryDays > fetch',
    'POST /orders > order > placeOrder > chargeCard > fetch',
    'POST /orders > order > placeOrder > printReceipt > child_process.spawn',
    'GET /report > report > salesReport > query',
    'POST /newsletter > unhandled rejection',
  ]) {
    assert.ok(paths.includes(expected), `${expected} in\n${paths.join('\n')}`);
  }
  const lost = views.find((view) => view.name === 'unhandled rejection');
  assert.equal(lost?.failure, 'MailError: "nobody" is no mail address');
});

test('without Jaeger it says what to do', async () => {
  const { code, out, err } = await execute('http://127.0.0.1:9');
  assert.equal(code, 1);
  assert.equal(out, '');
  assert.match(
    err,
    /Nothing answers at http:\/\/127\.0\.0\.1:9\.[\s\S]*docker compose -f examples\/jaeger\/compose\.yaml up -d/,
  );
});

test('the README shows tracing.ts as it is, and it is short', () => {
  const tracing = readFileSync(`${root}examples/jaeger/tracing.ts`, 'utf8');
  const readme = readFileSync(`${root}examples/jaeger/README.md`, 'utf8');
  assert.ok(readme.includes(`\`\`\`ts\n${tracing}\`\`\``));
  assert.ok(tracing.split('\n').filter(Boolean).length <= 10);
  const compose = readFileSync(`${root}examples/jaeger/compose.yaml`, 'utf8');
  assert.match(compose, /image: jaegertracing\/jaeger:2\.\d+\.\d+\n/);
});

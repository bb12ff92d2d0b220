/** `npm run demo:errors`: an application fails in every way; shows each record with its place and its trace. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { monotonic } from '../../src/base/clock.js';
import { startReceiver } from '../../src/cli/receiver/receiver.js';
import { lookOf } from '../../src/cli/view/look.js';
import { Viewer } from '../../src/cli/view/viewer.js';
import type { MetricsRequest } from '../../src/otlp/messages.js';
import { fromKeyValues } from '../../src/otlp/values.js';
import { ATTR, METRIC } from '../../src/semconv.js';

const look = () => lookOf(process.stdout, process.env, process.cwd());
const viewer = new Viewer(monotonic, look, (lines) => console.log(lines.join('\n')));
const counts: string[] = [];
const receiver = await startReceiver({
  host: '127.0.0.1',
  port: 0,
  warn: console.error,
  sink: {
    traces: (request) => viewer.traces(request),
    logs: (request) => viewer.logs(request),
    metrics: (request) => void counts.push(...countsIn(request)),
  },
});
console.log(`An application fails in every way and exports to ${receiver.url} ...\n`);

const app = fork(fileURLToPath(new URL('../fixtures/failing-app.js', import.meta.url)), {
  env: { ...process.env, OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url },
});
const code = await new Promise((resolve) => app.once('exit', resolve));
await receiver.close();
viewer.drain();
console.log(`\n${METRIC.UNHANDLED_ERROR}, the folded ones included:\n${counts.join('\n')}`);
if (code !== 0 || counts.length === 0) throw new Error(`the application ended with ${code}`);

function countsIn(request: MetricsRequest): string[] {
  const found = (request.resourceMetrics ?? [])
    .flatMap(({ scopeMetrics }) => scopeMetrics ?? [])
    .flatMap(({ metrics }) => metrics ?? [])
    .filter(({ name }) => name === METRIC.UNHANDLED_ERROR);
  return found
    .flatMap(({ sum }) => sum?.dataPoints ?? [])
    .map(({ attributes, asInt, asDouble }) => {
      const about = fromKeyValues(attributes);
      return `  ${String(asInt ?? asDouble).padStart(4)}  ${about.get(ATTR.ERROR_TYPE)}  ${about.get(ATTR.ERROR_ORIGIN)}`;
    });
}

/** Runs a program of `test/fixtures` that exports to a receiver in this process, and shows what it receives. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { monotonic } from '../../src/base/clock.js';
import { startReceiver } from '../../src/cli/receiver/receiver.js';
import { lookOf } from '../../src/cli/view/look.js';
import { Viewer } from '../../src/cli/view/viewer.js';

/** @throws Error where the program ends with another exit code than 0. */
export async function showApplication(fixture: string): Promise<void> {
  const look = () => lookOf(process.stdout, process.env, process.cwd());
  const viewer = new Viewer(monotonic, look, (lines) => console.log(lines.join('\n')));
  const receiver = await startReceiver({
    host: '127.0.0.1',
    port: 0,
    warn: console.error,
    sink: {
      traces: (request) => viewer.traces(request),
      logs: (request) => viewer.logs(request),
      metrics: () => undefined,
    },
  });
  const app = fork(fileURLToPath(new URL(`../fixtures/${fixture}`, import.meta.url)), {
    env: { ...process.env, OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url },
  });
  const code = await new Promise((resolve) => app.once('exit', resolve));
  await receiver.close();
  viewer.drain();
  if (code !== 0) throw new Error(`the application ended with ${code}`);
}

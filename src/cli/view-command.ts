import { isIP } from 'node:net';
import { monotonic } from '../base/clock.js';
import { type Command, UsageError } from './command.js';
import { type Receiver, startReceiver } from './receiver/receiver.js';
import { look, print, type Terminal } from './terminal.js';
import { glyphs, paint } from './view/look.js';
import { Viewer } from './view/viewer.js';

const TICK_MS = 200;

export const viewCommand: Command = {
  name: 'view',
  operands: '',
  summary: 'receive OTLP on this machine and draw each trace in the terminal',
  options: {
    port: { type: 'string', value: 'PORT', default: '4318', doc: 'port to listen on; 0 takes a free one' },
    host: { type: 'string', value: 'ADDRESS', default: '127.0.0.1', doc: 'address to listen on' },
  },
  run: async (values, _operands, terminal) => {
    const port = portOf(values.port as string);
    const host = values.host as string;
    const viewer = new Viewer(
      monotonic,
      () => look(terminal),
      (lines) => print(terminal, lines),
    );
    const warn = (message: string) => terminal.stderr.write(`otel-async: ${message}\n`);
    if (!isLoopback(host)) warn(`listening on ${host}: whoever reaches it can write to this terminal`);
    const receiver = await listen(host, port, viewer, warn);
    greet(receiver, terminal);
    const timer = setInterval(() => viewer.tick(), TICK_MS);
    await terminal.interrupted();
    clearInterval(timer);
    await receiver.close();
    viewer.drain();
    return 0;
  },
};

async function listen(
  host: string,
  port: number,
  sink: Viewer,
  warn: (message: string) => void,
): Promise<Receiver> {
  try {
    return await startReceiver({ host, port, sink, warn });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE') {
      throw new UsageError(
        `port ${port} of ${host} is taken, perhaps by a collector; choose another with --port`,
        1,
      );
    }
    throw new UsageError(`cannot listen on ${host}:${port}: ${message}`, 1);
  }
}

function greet(receiver: Receiver, terminal: Terminal): void {
  const shapes = glyphs(look(terminal));
  const dim = (text: string) => paint(look(terminal), 'dim', text);
  print(terminal, [
    `Receiving OTLP/HTTP on ${receiver.url} (traces, metrics, logs; Ctrl-C ends)`,
    dim(`${shapes.busy} busy   ${shapes.idle} waiting   ${shapes.span} a span that does not tell`),
    dim(`send to it with OTEL_EXPORTER_OTLP_ENDPOINT=${receiver.url}`),
  ]);
}

function portOf(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) {
    throw new UsageError(`--port must be a number from 0 to 65535, not ${JSON.stringify(text)}`);
  }
  return port;
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

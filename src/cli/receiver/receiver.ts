import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { OtlpError } from '../../otlp/error.js';
import { decodeJson, encodeJson } from '../../otlp/json.js';
import { decodeProtobuf, encodeProtobuf } from '../../otlp/protobuf.js';
import type { Schema } from '../../otlp/schema.js';
import { RPC_STATUS } from '../../otlp/tables.js';
import { discardRest, Refusal, readBody } from './body.js';
import { SIGNALS, type Sink } from './signals.js';

export interface ReceiverOptions {
  host: string;
  /** 0 takes any free port. */
  port: number;
  sink: Sink;
  /** Told once for a mistake that a sender will not notice by itself. */
  warn(message: string): void;
}

export interface Receiver {
  /** What senders need as their endpoint. */
  url: string;
  close(): Promise<void>;
}

const MAX_CONNECTIONS = 256;
const INVALID_ARGUMENT = 3;

/** An encoding of bodies, as named by `content-type`. */
interface Format {
  contentType: string;
  decode(schema: Schema<object>, body: Buffer): object;
  encode(schema: Schema<object>, message: object): string | Uint8Array;
}

const JSON_FORMAT: Format = {
  contentType: 'application/json',
  decode: (schema, body) => decodeJson(schema, body.toString('utf8')),
  encode: encodeJson,
};
const FORMATS: readonly Format[] = [
  { contentType: 'application/x-protobuf', decode: decodeProtobuf, encode: encodeProtobuf },
  JSON_FORMAT,
];

/** Starts an OTLP/HTTP receiver. @throws the system's error, `EADDRINUSE` among them, if it cannot listen. */
export async function startReceiver(options: ReceiverOptions): Promise<Receiver> {
  const server = createServer((request, response) => {
    answer(request, response, options.sink).catch((error) => refuse(request, response, error));
  });
  server.maxConnections = MAX_CONNECTIONS;
  server.requestTimeout = 30_000;
  server.headersTimeout = 10_000;
  explainGrpc(server, options.warn);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  const host = options.host.includes(':') ? `[${options.host}]` : options.host;
  return { url: `http://${host}:${port}`, close: () => close(server) };
}

async function answer(request: IncomingMessage, response: ServerResponse, sink: Sink): Promise<void> {
  const path = (request.url ?? '').split('?')[0];
  const signal = SIGNALS.find((one) => one.path === path);
  if (signal === undefined) {
    throw new Refusal(404, `OTLP is received at ${SIGNALS.map((one) => one.path).join(', ')}`);
  }
  if (request.method !== 'POST') {
    response.setHeader('allow', 'POST');
    throw new Refusal(405, 'OTLP is sent by POST');
  }
  const format = formatOf(request);
  if (format === undefined) {
    throw new Refusal(415, `content-type must be ${FORMATS.map((one) => one.contentType).join(' or ')}`);
  }
  const message = format.decode(signal.request, await readBody(request));
  const rejection = signal.take(sink, message);
  const told = rejection === undefined ? {} : signal.answer(BigInt(rejection.count), rejection.reason);
  response.writeHead(200, { 'content-type': format.contentType });
  response.end(format.encode(signal.response, told));
}

function refuse(request: IncomingMessage, response: ServerResponse, error: unknown): void {
  const status = error instanceof Refusal ? error.status : error instanceof OtlpError ? 400 : 500;
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const format = formatOf(request) ?? JSON_FORMAT;
  response.writeHead(status, { 'content-type': format.contentType });
  const message = error instanceof Error ? error.message : String(error);
  response.end(format.encode(RPC_STATUS as unknown as Schema<object>, { code: INVALID_ARGUMENT, message }));
  discardRest(request);
}

function formatOf(request: IncomingMessage): Format | undefined {
  const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase();
  return FORMATS.find((format) => format.contentType === type);
}

/** gRPC is another protocol on another port (4317), and a common mix-up whose errors explain nothing. */
function explainGrpc(server: Server, warn: (message: string) => void): void {
  let said = false;
  server.on('clientError', (error: NodeJS.ErrnoException & { rawPacket?: Buffer }, socket) => {
    if (!said && error.rawPacket?.toString('latin1', 0, 14) === 'PRI * HTTP/2.0') {
      said = true;
      warn('a client speaks gRPC; set OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf in it');
    }
    if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n');
    else socket.destroy();
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

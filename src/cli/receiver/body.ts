import type { IncomingMessage } from 'node:http';
import { createGunzip, createInflate } from 'node:zlib';

/** An answer other than 200, with a sentence for the sender. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** Bytes of a request's body, before and after decompression. */
export const BODY_LIMIT = 16 * 1024 * 1024;

/** @throws Refusal 413 beyond the limit, 415 for an unknown encoding, 400 for one that is broken. */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > BODY_LIMIT) throw tooLarge();
  const source = decoded(request);
  let received = 0;
  // not `for await`: leaving such a loop destroys the request, and with it the connection the answer needs
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const broken = (error: Error) => reject(new Refusal(400, `the body cannot be read: ${error.message}`));
    const refuse = () => {
      request.unpipe();
      chunks.length = 0;
      reject(tooLarge());
    };
    request.on('data', (chunk: Buffer) => {
      received += chunk.length;
      if (received > BODY_LIMIT) refuse();
    });
    source.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > BODY_LIMIT || received > BODY_LIMIT) refuse();
      else chunks.push(chunk);
    });
    source.on('end', () => resolve(Buffer.concat(chunks, size)));
    source.on('error', broken);
    request.on('error', broken);
    request.on('close', () => {
      if (!request.complete) broken(new Error('the connection ended'));
    });
  });
}

/** Reads on for a while after a refusal: a connection closed at once takes the answer with it. */
export function discardRest(request: IncomingMessage): void {
  let discarded = 0;
  request.on('data', (chunk: Buffer) => {
    discarded += chunk.length;
    if (discarded > BODY_LIMIT) request.destroy();
  });
  request.resume();
}

function decoded(request: IncomingMessage): NodeJS.ReadableStream {
  const encoding = (request.headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  if (encoding === 'identity' || encoding === '') return request;
  const inflater =
    encoding === 'gzip' ? createGunzip() : encoding === 'deflate' ? createInflate() : undefined;
  if (inflater === undefined)
    throw new Refusal(415, `content-encoding must be gzip or deflate, not ${encoding}`);
  return request.pipe(inflater);
}

function tooLarge(): Refusal {
  return new Refusal(413, `the body is larger than ${BODY_LIMIT / 1024 / 1024} MiB; send smaller batches`);
}

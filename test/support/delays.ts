import { lookup } from 'node:dns';
import { readFile } from 'node:fs';
import { connect, createServer } from 'node:net';
import { gzip } from 'node:zlib';

/** Keeps the loop busy, as long as the process gets a processor. Returns when it began and ended. */
export function block(ms: number): { from: number; until: number } {
  const from = performance.now();
  while (performance.now() - from < ms);
  return { from, until: performance.now() };
}

export const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

export const nextTurn = () => new Promise<void>((resolve) => setImmediate(() => setImmediate(resolve)));

/** Runs `work` in a callback of the named kind, from a loop that may be sleeping before. */
export const IN_CALLBACK_OF: Record<string, (work: () => void) => void> = {
  timer: (work) => void setTimeout(work, 1),
  immediate: (work) => void setTimeout(() => setImmediate(work), 1),
  microtask: (work) => void setTimeout(() => void Promise.resolve().then(work), 1),
  fs: (work) => readFile(new URL(import.meta.url), work),
  zlib: (work) => gzip('some text', work),
  dns: (work) => lookup('localhost', work),
  socket: (work) => {
    const server = createServer((socket) => socket.end('hello'));
    server.listen(0, '127.0.0.1', () => {
      const client = connect((server.address() as { port: number }).port, '127.0.0.1');
      client.once('data', () => {
        work();
        client.destroy();
        server.close();
      });
    });
  },
};

/** Runs `work` there and waits for its end. */
export function inCallbackOf<R>(kind: string, work: () => R): Promise<R> {
  return new Promise((resolve, reject) => {
    IN_CALLBACK_OF[kind]?.(() => {
      try {
        resolve(work());
      } catch (error) {
        reject(error);
      }
    });
  });
}

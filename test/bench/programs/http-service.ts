/**
 * A fastify service, some 25 promises and 5 ms of waiting a request. Prints its port; at each line on its input what it
 * used and exported so far.
 */
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { fastify } from 'fastify';
import { exported } from '../sdk.js';

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
const say = (value: unknown) => console.log(JSON.stringify(value));
say({ port: (app.server.address() as AddressInfo).port });
const input = createInterface(process.stdin);
input.on('line', () => {
  const { user, system } = process.cpuUsage();
  say({ requests, ...exported(), cpuUs: user + system, rss: process.memoryUsage.rss() });
});
input.on('close', () => process.exit(0));

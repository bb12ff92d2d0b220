/** The other companies' servers: another process, without instrumentation. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

let asked = 0;

const server = createServer((request, response) => {
  const delivery = request.url?.startsWith('/delivery/');
  if (delivery && asked++ === 0) {
    response.writeHead(503).end();
    return;
  }
  const answer = delivery ? { days: 3 } : { payment: 'p-4711' };
  setTimeout(() => response.end(JSON.stringify(answer)), delivery ? 30 : 60);
});

server.listen(0, '127.0.0.1', () => {
  process.send?.(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
process.once('disconnect', () => process.exit());

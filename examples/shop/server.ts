import { trace } from '@opentelemetry/api';
import Fastify from 'fastify';
import { openDatabase } from './database.js';
import { addRoutes } from './routes.js';

// an unhandled rejection would end the process; this shop would rather stay open
process.on('unhandledRejection', (reason) => console.error('unhandled:', String(reason)));

const database = await openDatabase();
const app = Fastify();
app.addHook('onRequest', (request, _reply, done) => {
  // the HTTP instrumentation does not know the router's pattern
  trace.getActiveSpan()?.updateName(`${request.method} ${request.routeOptions.url}`);
  done();
});
addRoutes(app, database);
const address = await app.listen({ host: '127.0.0.1', port: Number(process.env.PORT ?? 8080) });
console.log(`the shop is open: ${address}`);

process.once('SIGTERM', async () => {
  process.channel?.unref();
  await app.close();
  await database.close();
});
// started by another program of the example, and that is gone
process.once('disconnect', () => process.exit());

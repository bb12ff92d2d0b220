/** `npm run start:jaeger`: the shop, traced by `tracing.ts` next to this file, visited a few times. */
import { setTimeout as pause } from 'node:timers/promises';
import { openShop } from '../shop/processes.js';
import { visits } from '../shop/visits.js';

const EXPORT_MS = 500;
const ENDPOINT = process.env.OTEL_EXPORTER_OTLP_ENDPOINT ?? 'http://127.0.0.1:4318';

await fetch(ENDPOINT).catch(() => {
  console.error(`Nothing answers at ${ENDPOINT}. Start Jaeger first:`);
  console.error('  docker compose -f examples/jaeger/compose.yaml up -d');
  process.exit(1);
});
console.log('Opening the shop ...');
const shop = await openShop(new URL('./tracing.js', import.meta.url), {
  PORT: '0',
  OTEL_BSP_SCHEDULE_DELAY: String(EXPORT_MS),
  // each of these few requests is to be seen in full, however busy the machine is
  OTEL_NODE_ASYNC_OVERHEAD_BUDGET: '1',
});
for (const [name, visit] of Object.entries(visits)) {
  console.log(`visiting: ${name}`);
  await visit(shop.address);
}
await pause(4 * EXPORT_MS);
await shop.close();
console.log('Now open http://127.0.0.1:16686, service "shop".');

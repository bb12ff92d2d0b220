import type { FastifyInstance } from 'fastify';
import { averageStars, findProduct } from './catalog.js';
import type { Database } from './database.js';
import { subscribe } from './newsletter.js';
import { placeOrder } from './orders.js';
import { salesReport } from './report.js';
import { deliveryDays } from './suppliers.js';

export function addRoutes(app: FastifyInstance, database: Database): void {
  app.get<{ Params: { id: string } }>('/products/:id', async function showProduct(request) {
    const id = Number(request.params.id);
    const product = await findProduct(database, id);
    const [stars, days] = await Promise.all([averageStars(database, id), deliveryDays(id)]);
    return { ...product, stars, days };
  });

  app.post<{ Body: { product: number; quantity: number } }>('/orders', async function order(request) {
    return placeOrder(database, request.body.product, request.body.quantity);
  });

  app.get('/report', async function report() {
    return salesReport(database);
  });

  app.post<{ Body: { address: string } }>('/newsletter', async function newsletter(request) {
    return subscribe(request.body.address);
  });
}

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { findProduct } from './catalog.js';
import type { Database } from './database.js';
import { chargeCard } from './suppliers.js';

const RECEIPT_PRINTER = fileURLToPath(new URL('./receipt-printer.js', import.meta.url));

export async function placeOrder(database: Database, productId: number, quantity: number) {
  const product = await findProduct(database, productId);
  await reserveStock(database, productId, quantity);
  const [payment, receipt] = await Promise.all([
    chargeCard(Number(product.price) * quantity),
    printReceipt(product.name, quantity),
  ]);
  return { product: product.name, payment, receipt };
}

async function reserveStock(database: Database, productId: number, quantity: number): Promise<void> {
  await database.query('UPDATE products SET stock = stock - $2 WHERE id = $1', [productId, quantity]);
  await database.query('INSERT INTO orders (product_id, quantity) VALUES ($1, $2)', [productId, quantity]);
}

/** The printer is an old program of its own. */
async function printReceipt(name: string, quantity: number): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [RECEIPT_PRINTER, name, String(quantity)]);
  return stdout.trim();
}

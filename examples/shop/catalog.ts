import type { Database } from './database.js';

export interface Product {
  id: number;
  name: string;
  price: string;
}

export async function findProduct(database: Database, id: number): Promise<Product> {
  const { rows } = await database.query<Product>('SELECT * FROM products WHERE id = $1', [id]);
  const [product] = rows;
  if (product === undefined) throw new Error(`there is no product ${id}`);
  return product;
}

export async function averageStars(database: Database, id: number): Promise<number> {
  const query = 'SELECT avg(stars)::float AS stars FROM reviews WHERE product_id = $1';
  const { rows } = await database.query<{ stars: number }>(query, [id]);
  return rows[0]?.stars ?? 0;
}

import { PGlite } from '@electric-sql/pglite';

export type Database = PGlite;

const SCHEMA = `
  CREATE TABLE products (id int PRIMARY KEY, name text, price numeric, stock int);
  CREATE TABLE reviews (product_id int, stars int, words text);
  CREATE TABLE orders (id serial PRIMARY KEY, product_id int, quantity int);
  INSERT INTO products SELECT n, 'lamp no. ' || n, 10 + n, 1000 FROM generate_series(1, 200) n;
  INSERT INTO reviews SELECT n % 200, n % 5 + 1, repeat('bright ', n % 9) FROM generate_series(1, 4000) n;
`;

/** A Postgres inside this process: the example needs nothing installed. */
export async function openDatabase(): Promise<Database> {
  const database = await PGlite.create();
  await database.exec(SCHEMA);
  return database;
}

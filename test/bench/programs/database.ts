/** Queries through the client of an embedded Postgres (PGlite), one after the other. */
import { PGlite } from '@electric-sql/pglite';
import { measure } from '../measure.js';

const database = await PGlite.create();
await database.exec(
  'create table t (id int primary key, name text); insert into t select i, i::text from generate_series(1, 100) i',
);

async function find(id: number): Promise<unknown> {
  const { rows } = await database.query('select name from t where id = $1', [id]);
  return rows[0];
}

await measure(async (queries) => {
  for (let i = 0; i < queries; i++) await find(1 + (i % 100));
});

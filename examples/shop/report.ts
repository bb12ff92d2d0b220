import type { Database } from './database.js';

/** Sorts in JavaScript what the database could have sorted: the event loop stands still meanwhile. */
export async function salesReport(database: Database): Promise<string[]> {
  const { rows } = await database.query<{ words: string; stars: number }>('SELECT words, stars FROM reviews');
  return slowestSortEver(rows.map((row) => `${row.stars} ${row.words}`)).slice(0, 3);
}

function slowestSortEver(lines: string[]): string[] {
  const until = performance.now() + 300;
  let sorted = lines;
  while (performance.now() < until) sorted = [...lines].sort((a, b) => a.localeCompare(b));
  return sorted;
}

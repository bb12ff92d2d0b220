import assert from 'node:assert/strict';
import { test } from 'node:test';
import { calledIn } from '../../../../src/tasks/sites/source-words.js';

const LINES: [line: string, at: string, word: string][] = [
  ['  await axios.get(url);', 'get', 'axios.get'],
  ['  return this.pool.query(text);', 'query', 'pool.query'],
  ['  return this.load(1);', 'load', 'load'],
  ['  await limit(() => job(n));', 'limit', 'limit'],
  ['  await client?.send?.(command);', 'send', 'client.send'],
  ['  const rows = await sql`select 1`;', 'sql', 'sql'],
  ['  await all<Row>(text);', 'all', 'all'],
  ['  got(url).json();', 'json', 'json'],
  ['  await new Job(1);', 'new', ''],
  ['  await (await import(x)).run;', 'run', ''],
  ["  await méthodes['a'](1);", "'a'", ''],
];

for (const [line, at, word] of LINES) {
  test(`${line.trim()} calls ${word || 'nothing with a name'}`, () => {
    assert.equal(calledIn(line, line.indexOf(at)), word);
  });
}

test('a line of megabytes, and a place beyond its end, are no trouble', () => {
  const line = `${'a.'.repeat(1_000_000)}b()`;
  assert.match(calledIn(line, line.length - 3), /\.?b$/);
  assert.equal(calledIn('f()', 1_000), '');
});

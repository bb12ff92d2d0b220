import assert from 'node:assert/strict';
import test from 'node:test';
import { SOME_CASES } from '../support/exit-table/cases.js';
import { compareExits } from '../support/exit-table/compare.js';

// the whole table, on every Node: npm run test:exit-table
test('exit code, signal and output are those of Node', { timeout: 300_000 }, async (t) => {
  const { cases, differences, recorded } = await compareExits(process.execPath, SOME_CASES);
  t.diagnostic(`${cases} cases, ${differences.length} differences`);
  assert.deepEqual(differences, []);
  assert.ok(cases >= 70 && recorded > cases * 0.8, `${recorded} of ${cases} programs had a record`);
});

test('nor does the whole of the package change them', { timeout: 300_000 }, async () => {
  const cases = SOME_CASES.filter((_, index) => index % 5 === 0);
  const { differences, recorded } = await compareExits(process.execPath, cases, {});
  assert.deepEqual(differences, []);
  assert.ok(recorded > cases.length * 0.8, `${recorded} of ${cases.length} programs had a record`);
});

test('the comparison sees what it is meant to see', async () => {
  const cases = [
    { mode: 'default', listeners: 'none', failure: 'error' },
    { mode: 'none', listeners: 'none', failure: 'error' },
  ];
  // a package that fails to start leaves Node as it is, and no record
  const broken = await compareExits(process.execPath, cases, { nonsense: true });
  assert.equal(broken.recorded, 0);
  assert.ok(broken.differences.length > 0);
});

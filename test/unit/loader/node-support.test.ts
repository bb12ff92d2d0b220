import assert from 'node:assert/strict';
import test from 'node:test';
import { isSafe } from '../../../src/loader/node-support.js';

test('the versions whose synchronous hooks change nothing for CommonJS', () => {
  const safe = ['22.22.3', '22.23.0', '24.11.1', '24.12.0', '25.1.0', '26.0.0', '27.3.1'];
  const unsafe = ['20.20.2', '22.14.0', '22.15.0', '22.22.2', '23.11.0', '24.0.0', '24.11.0', '25.0.0'];
  assert.deepEqual(safe.filter(isSafe), safe);
  assert.deepEqual(unsafe.filter(isSafe), []);
});

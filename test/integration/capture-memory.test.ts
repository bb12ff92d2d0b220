import assert from 'node:assert/strict';
import test from 'node:test';
import v8 from 'node:v8';
import vm from 'node:vm';
import { captureFrames } from '../../src/tasks/sites/capture.js';

function probe() {
  return captureFrames(probe, 8);
}

test('a million captures leave nothing on the heap', () => {
  v8.setFlagsFromString('--expose-gc');
  const collect = vm.runInNewContext('gc') as () => void;
  const heapAfter = (captures: number) => {
    for (let i = 0; i < captures; i++) probe();
    collect();
    return process.memoryUsage().heapUsed;
  };
  const before = heapAfter(50_000);
  const grown = heapAfter(1_000_000) - before;
  assert.ok(grown < 1_000_000, `${grown} bytes`);
});

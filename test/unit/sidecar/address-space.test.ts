import assert from 'node:assert/strict';
import test from 'node:test';
import { addressSpaceLeft } from '../../../src/sidecar/address-space.js';

const STATUS = 'Name:\tnode\nVmPeak:\t 1048576 kB\nVmSize:\t  524288 kB\nVmRSS:\t 40000 kB\n';
const limits = (soft: string) =>
  `Limit                     Soft Limit           Hard Limit           Units\nMax resident set          1024                 unlimited            bytes\nMax address space         ${soft.padEnd(20)} unlimited            bytes\n`;

test('what a limit leaves is told in MiB', () => {
  const files: Record<string, string> = {
    '/proc/self/limits': limits('2147483648'),
    '/proc/self/status': STATUS,
  };
  assert.equal(
    addressSpaceLeft((file) => String(files[file])),
    1_536,
  );
});

test('without a limit, or where nothing can be read, there is no end of it', () => {
  assert.equal(
    addressSpaceLeft(() => limits('unlimited')),
    Infinity,
  );
  assert.equal(
    addressSpaceLeft(() => {
      throw new Error('ENOENT');
    }),
    Infinity,
  );
});

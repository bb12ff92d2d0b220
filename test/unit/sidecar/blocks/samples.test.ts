import assert from 'node:assert/strict';
import test from 'node:test';
import { loadsModules, type Sample } from '../../../../src/sidecar/blocks/samples.js';
import type { Capture } from '../../../../src/sidecar/protocol.js';
import type { Site } from '../../../../src/tasks/sites/site-table.js';

function sample(...files: string[]): Sample {
  const frames = ['', ...files].map((file) => ({ file, functionName: 'f' }) as Site);
  return { capture: { frames } as unknown as Capture, late: false, waitedMs: 0 };
}
const loading = sample('/app/heavy.mjs', 'node:internal/modules/esm/module_job');
const running = sample('/app/heavy.mjs', 'node:internal/timers');
/** Between two runs nothing stands on the stack. */
const between = sample();

test('modules are being loaded where half of the looks at the program show it', () => {
  for (const [seen, expected] of [
    [[], false],
    [[between], false],
    [[loading], true],
    [[loading, between], true],
    [[loading, loading, running], true],
    // the last may show what ran next
    [[loading, running], true],
    [[loading, running, running], false],
    [[running], false],
  ] as const) {
    assert.equal(loadsModules(seen), expected, JSON.stringify(seen));
  }
});

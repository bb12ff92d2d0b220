import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const program = fileURLToPath(new URL('../fixtures/left-behind.js', import.meta.url));

async function run(requests: number, mode: string) {
  const { stdout } = await promisify(execFile)(process.execPath, [program, String(requests), mode]);
  return JSON.parse(stdout) as { alive: number; taskSpans: number; heapMb: number };
}

test('no span outlives its trace because something was left behind in it', async () => {
  const REQUESTS = 5_000;
  const bare = await run(REQUESTS, 'bare');
  const ours = await run(REQUESTS, 'instrumented');
  assert.ok(ours.taskSpans > REQUESTS, `only ${ours.taskSpans} task spans: nothing was tested`);
  assert.ok(bare.alive <= 5, `${bare.alive} spans alive without us: nothing was tested`);
  assert.ok(ours.alive <= bare.alive + 5, `${ours.alive} spans alive, ${bare.alive} without us`);
  const perTask = ((ours.heapMb - bare.heapMb) * 1e6) / ours.taskSpans;
  assert.ok(perTask < 1_000, `${perTask} bytes of heap for each task left behind`);
});

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Histogram } from '@opentelemetry/sdk-metrics';
import { ATTR } from '../../src/semconv.js';
import { above } from '../support/metrics.js';

const fixture = fileURLToPath(new URL('../fixtures/lagging-cluster.js', import.meta.url));

interface Line {
  instance: number;
  before: number;
  elapsedMs: number;
  attributes: Record<string, number>;
  value: Histogram;
}

async function run(): Promise<{ code: number | null; lines: Line[]; stderr: string }> {
  const child = spawn(process.execPath, [fixture], { stdio: ['ignore', 'pipe', 'pipe'], timeout: 60_000 });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  const lines = stdout.split('\n').filter(Boolean);
  return { code, stderr, lines: lines.map((line) => JSON.parse(line) as Line) };
}

test('4 cluster workers with 2 threads each are 12 series, and their sum is what was injected', async () => {
  const { code, lines, stderr } = await run();
  assert.equal(stderr, '');
  assert.equal(code, 0);
  const series = new Set(
    lines.map(({ instance, attributes }) => `${instance} ${attributes[ATTR.THREAD_ID]}`),
  );
  assert.equal(lines.length, 12);
  assert.equal(series.size, 12, 'no two loops share a series');
  for (const { attributes } of lines) assert.deepEqual(Object.keys(attributes), [ATTR.THREAD_ID]);
  assert.equal(new Set(lines.map(({ instance }) => instance)).size, 4);

  // 4 blocks of 250 ms in each loop: 25 late probes each, 5 of them by more than 200 ms
  const late = lines.reduce((total, { value }) => total + above(value, 0.2), 0);
  assert.ok(late >= 12 * 4 * 5 * 0.9, `${late} probes later than 200 ms, of 240 injected`);
  const expected = lines.reduce((total, { elapsedMs }) => total + elapsedMs / 10, 0);
  const count = lines.reduce((total, { value, before }) => total + value.count - before, 0);
  assert.ok(Math.abs(count - expected) < expected * 0.1, `${count} probes, ${expected} were due`);
  for (const { value, attributes } of lines) {
    assert.ok(above(value, 0.2) >= 16, `thread ${attributes[ATTR.THREAD_ID]}: ${above(value, 0.2)} of 20`);
    assert.ok(above(value, 0.001) >= 90, `${above(value, 0.001)} late probes of 100`);
  }
});

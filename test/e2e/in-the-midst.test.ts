/**
 * The sidecar asks a blocked thread what it is doing in the midst of whatever that is, a function of Node's included.
 * What such a function has half done, the answer must not do over.
 */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import type { RawCapture } from '../../src/sidecar/protocol.js';
import { REPOSITORY } from '../support/packed.js';
import { packageUrl, runProgram } from '../support/program.js';

/** They hand out what they have and leave nothing in memory that is shared between calls. */
const HARMLESS = [
  // formats a stack
  /^node:internal\/errors /,
  // the active context
  /^node:(internal\/)?async_(hooks|local_storage\/\w+) (getStore|executionAsyncResource|lookupPublicResource)$/,
  /^node:internal\/async_context_frame (current|activeCurrent|get)$/,
  // the clock
  /^node:internal\/perf\/\w+ now$/,
];

test('the capture calls nothing of Node’s that keeps its results in shared memory', async () => {
  const folder = mkdtempSync(join(REPOSITORY, 'build', 'in-the-midst-'));
  try {
    const library = join(folder, 'node_modules', 'lib');
    mkdirSync(library, { recursive: true });
    // a stack and a task of a library's: what is called there stands in the source, behind a map
    writeFileSync(
      join(library, 'index.mjs'),
      [
        'export async function runInLibrary(action) {',
        '  await new Promise((resolve) => setTimeout(resolve, 5));',
        '  return (() => action())();',
        '}',
        '//# sourceMappingURL=index.mjs.map',
        '',
      ].join('\n'),
    );
    const map = { version: 3, sources: ['index.ts'], names: [], mappings: 'AAAA;AACA;AACA;AACA' };
    writeFileSync(join(library, 'index.mjs.map'), JSON.stringify(map));
    const { code, stdout, stderr } = await runProgram('sidecar/in-the-midst.mjs', [folder], {
      PACKAGE_URL: packageUrl,
    }).finished;
    assert.equal(code, 0, stderr);
    const { called, frames, task, identity } = JSON.parse(stdout) as {
      called: string[];
      frames: RawCapture['frames'];
      task: RawCapture['task'];
      identity: RawCapture['trace'];
    };
    assert.ok(
      frames.some(({ file }) => file?.endsWith('index.mjs')),
      JSON.stringify(frames),
    );
    assert.equal(task?.kind, 'async_function');
    assert.match(identity?.traceId ?? '', /^[0-9a-f]{32}$/);
    assert.deepEqual(
      called.filter((name) => !HARMLESS.some((pattern) => pattern.test(name))),
      [],
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('what a blocked program does with files, URLs and buffers is right, whenever it is asked', async () => {
  const folder = mkdtempSync(join(REPOSITORY, 'build', 'interrupted-'));
  const blocks = 40;
  try {
    writeFileSync(
      join(folder, 'package.json'),
      JSON.stringify({ name: 'interrupted', text: 'x'.repeat(500) }),
    );
    for (let i = 0; i < blocks; i++) {
      writeFileSync(join(folder, `library-${i}.mjs`), 'export const run = (action) => void action();\n');
    }
    const { code, stdout, stderr } = await runProgram('sidecar/interrupted-reads.mjs', [
      folder,
      String(blocks),
    ]).finished;
    assert.equal(code, 0, stderr);
    const { asked, wrong } = JSON.parse(stdout) as { asked: number; wrong: Record<string, number> };
    assert.ok(asked >= blocks / 2, `asked ${asked} times`);
    assert.deepEqual(wrong, { size: 0, content: 0, url: 0, buffer: 0 });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

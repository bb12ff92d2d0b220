import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { columns } from '../../src/cli/view/text.js';
import { endGroup } from '../support/process-group.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const demo = 'build/examples/shop/demo.js';

/** The lines of the waterfall whose header begins with `title`. */
function waterfall(output: string, title: string): string[] {
  const lines = output.split('\n');
  const from = lines.findIndex((line) => line.startsWith(title));
  assert.notEqual(from, -1, `no trace ${title} in:\n${output}`);
  const length = lines.slice(from).indexOf('');
  return lines.slice(from + 3, from + length);
}

const FINDING = /async\.(event_loop\.blocked|callback\.slow|sync_io)\b/;

test('npm start: the shop’s requests, lag and lost rejection are shown, and it ends by itself', async (t) => {
  const { scripts } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));
  assert.ok(scripts.start.endsWith(`node ${demo}`));

  const child = spawn(process.execPath, [demo], {
    cwd: root,
    detached: true,
    env: { ...process.env, COLUMNS: '140', NO_COLOR: '1', LANG: 'C.UTF-8' },
  });
  t.after(() => endGroup(child));
  let output = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    output += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    errors += text;
  });
  const [code] = await once(child, 'close', { signal: AbortSignal.timeout(180_000) });
  assert.equal(code, 0, output + errors);
  assert.equal(errors, 'unhandled: MailError: "nobody" is no mail address\n');
  for (const line of output.split('\n')) assert.ok(columns(line) <= 140, line);

  const opening = output.slice(0, output.indexOf('GET /products/:id '));
  assert.doesNotMatch(
    opening,
    /^async\.event_loop\.blocked ·/m,
    'the opening of the database is no part of the story',
  );
  const page = waterfall(output, 'GET /products/:id ');
  const order = waterfall(output, 'POST /orders ');
  for (const [lines, expected] of [
    [
      page,
      [
        /^.─ showProduct /,
        /^[│ ] {2}.─ findProduct/,
        /^[│ ] {2}. {2}.─ query/,
        /^[│ ] {2}.─ deliveryDays/,
        /^[│ ] {2}. {2}.─ fetch/,
      ],
    ],
    [
      order,
      [
        /^[│ ] {2}.─ placeOrder/,
        /^[│ ] {5}.─ chargeCard/,
        /^[│ ] {5}. {2}.─ fetch/,
        /^[│ ] {5}. {2}.─ child_process.spawn/,
      ],
    ],
  ] as const) {
    for (const row of expected)
      assert.ok(
        lines.some((line) => row.test(line)),
        `${row} in\n${lines.join('\n')}`,
      );
    assert.ok(lines.length <= 31, lines.join('\n'));
    // a machine that is busy has findings of its own
    for (const line of lines.slice(1).filter((line) => !FINDING.test(line))) {
      assert.match(
        line,
        /examples\/shop\/\w+\.ts:\d+ /,
        `each task has its line in TypeScript:\n${lines.join('\n')}`,
      );
      assert.doesNotMatch(line, /PROMISE|new Promise|anonymous/);
    }
  }

  const source = readFileSync(`${root}examples/shop/suppliers.ts`, 'utf8').split('\n');
  const fetched = Number(/fetch +examples\/shop\/suppliers\.ts:(\d+)/.exec(page.join('\n'))?.[1]);
  assert.match(source[fetched - 1] ?? '', /await fetch\(.*delivery/);

  assert.match(output, /event loop lag · shop · [\d,]+ probes\n {2}p50 .* p90 .* p99 /);
  assert.match(output, /exception · shop\n {2}.*MailError: "nobody" is no mail address/);
  const lost = /at examples\/shop\/newsletter\.ts:\d+ · trace (\w{32})/.exec(output)?.[1];
  assert.match(output, new RegExp(`POST /newsletter · .* shop\ntrace ${lost} `));
  assert.match(output, /examples\/jaeger\/README\.md/);
});

/**
 * `npm run test:matrix [-- 22 24]`: all tests on every Node, the SDK matrix on each, and a table at the end. The tests
 * are compiled once, by the Node that starts this; each Node runs the result.
 */
import { spawn } from 'node:child_process';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EXTRA_MAJORS, ensureNode, versionOf } from './nodes.js';

const GROUPS = ['unit', 'house', 'integration', 'e2e', 'package/applications'];
const RUNNER = join(dirname(fileURLToPath(import.meta.url)), 'run-tests.js');

interface Outcome {
  node: string;
  group: string;
  tests: number;
  passed: number;
  skipped: number;
  seconds: number;
  failed: string[];
  ok: boolean;
}

const current = Number(process.versions.node.split('.')[0]);
const asked = process.argv.slice(2).map(Number);
if (asked.some((major) => !Number.isInteger(major)))
  throw new Error('usage: npm run test:matrix [-- 22 24 …]');
const majors = asked.length > 0 ? asked : [...new Set([current, ...EXTRA_MAJORS])];
const outcomes: Outcome[] = [];
for (const major of majors) {
  const binary = major === current ? process.execPath : ensureNode(major);
  const version = versionOf(binary) ?? `${major}`;
  for (const group of GROUPS) {
    console.log(`\n──── Node ${version}: ${group}`);
    outcomes.push(await runGroup(binary, version, group));
  }
}
print(outcomes);
process.exit(outcomes.every(({ ok }) => ok) ? 0 : 1);

async function runGroup(binary: string, node: string, group: string): Promise<Outcome> {
  const started = process.hrtime.bigint();
  const child = spawn(binary, [RUNNER, group], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, PATH: dirname(binary) + delimiter + process.env.PATH },
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    process.stdout.write(text);
  });
  const status = await new Promise((resolve) => child.on('close', resolve));
  const count = (name: string) => Number(output.match(new RegExp(`^# ${name} (\\d+)$`, 'm'))?.[1] ?? 0);
  return {
    node,
    group,
    tests: count('tests'),
    passed: count('pass'),
    skipped: count('skipped'),
    seconds: Number(process.hrtime.bigint() - started) / 1e9,
    failed: [...output.matchAll(/^not ok (?!\S+\.test\.[jt]s:)(.*)$/gm)].map(([, name]) => name as string),
    ok: status === 0 && count('tests') > 0,
  };
}

function print(rows: Outcome[]): void {
  const table = [
    ['Node', 'group', 'tests', 'passed', 'skipped', 'seconds', ''],
    ...rows.map((r) => [
      r.node,
      r.group,
      ...[r.tests, r.passed, r.skipped].map(String),
      r.seconds.toFixed(1),
      r.ok ? 'ok' : 'FAILED',
    ]),
  ];
  const widths =
    table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? [];
  console.log();
  for (const row of table) {
    console.log(
      row
        .map((cell, i) => (i >= 2 && i <= 5 ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0)))
        .join('  ')
        .trimEnd(),
    );
  }
  for (const { node, group, failed } of rows) {
    for (const name of failed) console.log(`failed on ${node}, ${group}: ${name}`);
  }
  const total = (of: (row: Outcome) => number) => rows.reduce((sum, row) => sum + of(row), 0);
  const passed = total((r) => r.passed);
  console.log(`\n# tests ${total((r) => r.tests)}\n# pass ${passed}`);
  console.log(`# fail ${total((r) => r.tests - r.passed - r.skipped)}\n# skipped ${total((r) => r.skipped)}`);
}

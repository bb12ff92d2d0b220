/** Runs what the README's table of symptoms says, line by line. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const read = (file: string) => readFileSync(`${root}${file}`, 'utf8');
const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };

/** What a reader must find in the output of a command. `npm start` has a test of its own. */
const SHOWS: Readonly<Record<string, RegExp[]>> = {
  start: [],
  'demo:lag': [/p99/],
  'demo:blocked': [/blocked/],
  'demo:slow': [/renderReport ran for \d+ ms without a break; created/, /setTimeout ran for/],
  'demo:stuck': [/chargeCard may be stuck: nothing has happened in its trace/, /async\.recording/],
  'demo:sync-io': [/crypto\.pbkdf2Sync held the event loop/, /execFileSync held .* called in versionOfTool/],
  'demo:recorder': [/async\.recording/, /placeOrder \(rejected\)/, /chargeCard/],
  'demo:errors': [/exception/, /trace/],
  'demo:crash': [/exception/],
};

const section = read('README.md').split('## Something is wrong')[1]?.split('\n## ')[0] ?? '';
const commands = [...section.matchAll(/\| `npm (?:run )?([\w:-]+)` \|$/gm)].map(([, name]) => name as string);

test('the table has lines, and each names a command that is shown here', () => {
  assert.ok(commands.length >= 4);
  assert.deepEqual([...commands].sort(), Object.keys(SHOWS).sort());
});

for (const [name, patterns] of Object.entries(SHOWS)) {
  if (patterns.length === 0) continue;
  test(`npm run ${name}`, { timeout: 180_000 }, async () => {
    // the build has been made: only the last part of the script is the demonstration itself
    const program = /&& node (\S+)$/.exec(scripts[name] ?? '')?.[1];
    assert.ok(program, `package.json has no script ${name}`);
    const { stdout } = await promisify(execFile)(process.execPath, [program], {
      cwd: root,
      env: { ...process.env, COLUMNS: '120', NO_COLOR: '1' },
    });
    for (const pattern of patterns) assert.match(stdout, pattern);
  });
}

import assert from 'node:assert/strict';
import test from 'node:test';
import { CompiledTasks, chainOf, load, siteLine, waitLine } from '../support/compiled-program.js';
import { seeded } from '../support/random.js';

interface Known {
  source: string;
  /** What is known of each task, by construction: its name, the line that called it, and the tasks around it. */
  tasks: string[];
}

/** Functions that call earlier ones, a statement a line, so that every line is known before the program runs. */
function generate(seed: number): Known {
  const random = seeded(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  const lines: string[] = [];
  const calls: { callee: number; line: number }[][] = [];
  const add = (text: string) => lines.push(text);
  for (let n = 0; n < 5; n++) {
    const made: { callee: number; line: number }[] = [];
    const call = () => {
      made.push({ callee: below(n), line: lines.length + 1 });
      return `f${made.at(-1)?.callee}(pause)`;
    };
    add(`async function f${n}(pause) {`);
    for (let s = 0; s < 3; s++) {
      add(`  await pause('f${n}', ${lines.length + 1});`);
      const form = n === 0 ? -1 : below(5);
      if (form === 0) add(`  await ${call()};`);
      if (form === 1) add(`  (() => 1)(); const r${s} = ${call()}; await r${s};`);
      if (form === 2) add(`  try { await ${call()}; } finally { await null; }`);
      if (form === 3) {
        add('  await Promise.all([');
        add(`    ${call()},`);
        add(`    ${call()},`);
        add('  ]);');
      }
      if (form === 4) {
        add(`  for await (const x of [${call()}, 1]) {`);
        add(`    await ${call()};`);
        made.push(made.at(-1) as { callee: number; line: number });
        add('  }');
      }
    }
    add('}');
    calls.push(made);
  }
  add('export { f4 as main };');
  const tasks: string[] = [];
  const walk = (n: number, line: number | undefined, around: string[]): void => {
    tasks.push(`f${n} called at ${line} in ${around.join(' < ')}`);
    for (const { callee, line: at } of calls[n] ?? []) walk(callee, at, [`f${n}`, ...around]);
  };
  walk(4, undefined, []);
  return { source: lines.join('\n'), tasks };
}

test('tasks of random programs have the creation lines, wait lines and parents that are known beforehand', async (t) => {
  const tasks = new CompiledTasks();
  t.after(() => tasks.stop());
  let checked = 0;
  let waits = 0;
  for (let seed = 1; seed <= 40; seed++) {
    const { source, tasks: known } = generate(seed);
    const { main } = await load<{
      main(pause: (name: string, line: number) => Promise<void>): Promise<void>;
    }>(source);
    const from = tasks.all.length;
    const pause = async (name: string, line: number) => {
      await new Promise(setImmediate);
      const waiting = tasks.named(name).filter((task) => !task.ended && waitLine(task) === line);
      assert.ok(waiting.length > 0, `seed ${seed}: no ${name} waits at line ${line}\n${source}`);
      waits++;
    };
    await main(pause);
    const seen = tasks.all.slice(from).map((task, index) => {
      const line = index === 0 ? undefined : siteLine(task);
      return `${task.name} called at ${line} in ${chainOf(task).join(' < ')}`;
    });
    assert.deepEqual(seen.sort(), known.sort(), `seed ${seed}\n${source}`);
    checked += seen.length;
    tasks.all.length = 0;
  }
  assert.ok(checked > 500 && waits > 1_000, `${checked} tasks, ${waits} waits`);
  t.diagnostic(`${checked} tasks, ${waits} waits`);
});

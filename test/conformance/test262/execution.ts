/** Runs one test of test262 once, as it is or compiled, and tells what was seen. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as turn, setTimeout as wait } from 'node:timers/promises';
import vm from 'node:vm';
import type { CompileInput, CompileResult } from '../../../src/compiler/compile.js';
import { type Frontmatter, frontmatterOf } from './frontmatter.js';
import { ModuleGraph } from './module-graph.js';
import { describeThrown, type Observation, stackLines } from './observation.js';
import { createRealm, type Realm } from './realm.js';
import type { Test262 } from './selection.js';

export interface Compiler {
  compile(input: CompileInput): CompileResult;
  /** Puts into a realm's global object what compiled code looks for. */
  prepare(global: object): void;
}

/** Gives the code that is run in place of a source. */
export type Transform = (source: string, file: string, format: 'script' | 'module') => string;

const DONE = /^Test262:Async/;
/** Where counting stops: a test that is not done by then waits for something else than microtasks. */
const MAX_TICKS = 2_000;
const ASYNC_LIMIT_MS = 3_000;

const harness = new Map<string, vm.Script>();
const unhandled: unknown[] = [];
process.on('unhandledRejection', (reason) => void unhandled.push(reason));
process.on('uncaughtException', (error) => void unhandled.push(error));

export function sourceOf(checkout: string, test: Test262): { source: string; frontmatter: Frontmatter } {
  const text = readFileSync(join(checkout, 'test', test.file), 'utf8');
  return {
    source: test.mode === 'strict' ? `"use strict";\n${text}` : text,
    frontmatter: frontmatterOf(text),
  };
}

export async function execute(
  checkout: string,
  test: Test262,
  transform: Transform,
  prepare: Compiler['prepare'],
): Promise<Observation> {
  const { source, frontmatter } = sourceOf(checkout, test);
  const file = join(checkout, 'test', test.file);
  const realm = createRealm(prepare);
  for (const include of includesOf(test, frontmatter))
    harnessScript(checkout, include).runInContext(realm.context);
  unhandled.length = 0;
  const ticks = countTicks(() => realm.printed.some((line) => DONE.test(line)));
  const graph = new ModuleGraph(realm.context, transform);
  const end =
    test.mode === 'module' ? await graph.run(file, source) : runScript(realm, graph, transform, source, file);
  if (frontmatter.flags.has('async') && end.phase === 'completed') await settled(realm);
  else ticks.stop();
  await turn();
  return {
    end: end.phase === 'completed' ? end.phase : `${end.phase} ${describeThrown(end.thrown)}`,
    stack: end.phase === 'completed' ? '' : stackLines(end.thrown),
    printed: realm.printed,
    ticks: frontmatter.flags.has('async') ? ticks.stop() : 0,
    unhandled: unhandled.map(describeThrown),
  };
}

/** Whether it ended as test262 says it must. */
export function passed({ negative, flags }: Frontmatter, seen: Observation): boolean {
  if (negative) {
    const phase = { parse: 'parse', resolution: 'link', runtime: 'run' }[negative.phase];
    return seen.end.startsWith(`${phase} ${negative.type}:`);
  }
  if (seen.end !== 'completed') return false;
  return !flags.has('async') || seen.printed.includes('Test262:AsyncTestComplete');
}

export interface End {
  phase: 'completed' | 'parse' | 'link' | 'run';
  thrown?: unknown;
}

function runScript(
  realm: Realm,
  graph: ModuleGraph,
  transform: Transform,
  source: string,
  file: string,
): End {
  let script: vm.Script;
  try {
    script = new vm.Script(transform(source, file, 'script'), {
      filename: file,
      importModuleDynamically: graph.importFrom(file),
    });
  } catch (thrown) {
    return { phase: 'parse', thrown };
  }
  try {
    script.runInContext(realm.context, { timeout: 10_000 });
    return { phase: 'completed' };
  } catch (thrown) {
    return { phase: 'run', thrown };
  }
}

function includesOf(test: Test262, { includes, flags }: Frontmatter): string[] {
  if (test.mode === 'raw') return [];
  return ['assert.js', 'sta.js', ...(flags.has('async') ? ['doneprintHandle.js'] : []), ...includes];
}

function harnessScript(checkout: string, name: string): vm.Script {
  let script = harness.get(name);
  if (script === undefined) {
    const filename = join(checkout, 'harness', name);
    script = new vm.Script(readFileSync(filename, 'utf8'), { filename });
    harness.set(name, script);
  }
  return script;
}

/** A chain of promises of our own beside the test's: both draw on the one queue, turn by turn. */
function countTicks(over: () => boolean): { stop: () => number } {
  let ticks = 0;
  let stopped = false;
  const tick = (): unknown => {
    if (stopped || over() || ticks >= MAX_TICKS) return;
    ticks++;
    return void Promise.resolve().then(tick);
  };
  tick();
  return {
    stop: () => {
      stopped = true;
      return ticks;
    },
  };
}

async function settled(realm: Realm): Promise<void> {
  const limit = performance.now() + ASYNC_LIMIT_MS;
  for (let round = 0; performance.now() < limit; round++) {
    if (realm.printed.some((line) => DONE.test(line))) return;
    await (round < 20 ? turn() : wait(10));
  }
}
